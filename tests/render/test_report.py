"""The comment on a pull request, as GitHub-flavoured Markdown shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.github import statusdata
from fieldkeep.core.github.statusdata import Overview
from fieldkeep.core.merge.outcome import Drift
from fieldkeep.core.plan import plan
from fieldkeep.model import Place, Problem
from fieldkeep.render import status
from fieldkeep.render.drift import issue, lasting
from fieldkeep.render.findings import FORMATS as FINDINGS
from fieldkeep.render.markdown import COMMENT_BYTES, SUMMARY_BYTES, block
from fieldkeep.render.plans import FORMATS
from fieldkeep.render.report import Section, report
from fieldkeep.render.screen import PIPE
from tests.render.hostile import HOSTILE, shown
from tests.render.test_plans import PLAN, WHERE, nasty
from tests.render.worlds import URL, hostile

EXTENSIONS = ["table", "autolink", "strikethrough", "tagfilter", "tasklist"]
RUN = "https://github.com/acme/fields/actions/runs/77"
VOID = {"br", "hr", "img", "input"}


class Page(HTMLParser):
    """What a reader of rendered HTML sees: elements, and texts with what they stand in."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.structure: list[tuple[str, tuple[str, ...]]] = []
        self.texts: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], "every element ends"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.structure.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.structure.append((f"/{tag}", ()))
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.structure.append(("comment", (data,)))

    def handle_data(self, data: str) -> None:
        self.texts.append((data, tuple(self.open)))


def rendered(markdown: str) -> Page:
    options = Options.CMARK_OPT_UNSAFE  # raw HTML is read, as GitHub does, before it is cleaned
    html = cmarkgfm.markdown_to_html_with_extensions(markdown, options, extensions=EXTENSIONS)
    return Page(html)


def spoken(page: Page) -> Iterator[str]:
    """Where GitHub looks for mentions, references, emoji and addresses: text outside of code."""
    for text, inside in page.texts:
        if not {"code", "pre", "a", "tt"} & set(inside):
            yield text


# --------------------------------------------------------------------------- plans to look at


def a_plan(text: str = "v", rows: int = 1) -> dict[str, Any]:
    """A plan with something everywhere, and the same text in every place that is others'."""
    attribute = {
        "name": text,
        "old": text,
        "new": [text],
        "origin": "git",
        "where": {"path": text, "line": 3},
        "default": False,
    }
    changes = [
        {
            "field": f"{text}{i}",
            "action": action,
            "attributes": [attribute, {**attribute, "default": True}],
        }
        for i in range(rows)
        for action in ("create", "update", "delete")
    ]
    return {
        "schema": 1,
        "counts": {
            **dict.fromkeys(("create", "update", "delete"), rows),
            "unchanged": 4,
            "orphans": 1,
            "total": 3 * rows + 5,
        },
        "changes": changes,
        "drift": [{"field": text, "class": "both", "attributes": [text], "detail": text}],
        "orphans": [text],
        "refusals": [
            {"guard": "breaking", "message": text, "flag": "--allow-breaking"},
            {"guard": text, "message": text, "flag": text},
            {"guard": "prune", "message": text, "flag": None},
        ],
        "impact": [
            {"kind": "required", "field": text, "message": text, "breaking": True, "services": 3},
            {"kind": text, "field": None, "message": text, "breaking": False, "services": None},
        ],
        "warnings": [text],
        "notes": [text],
        "digest": text,
        "store": {"bytes": 1, "limit": 2, "largest": {"key": text, "bytes": 1}, "writes": 1},
        "against": text,
        "environment": text,
    }


def alarming(text: str) -> dict[str, Any]:
    """The same with all that is said before the changes."""
    return {
        **a_plan(text),
        "drift": [
            {"field": None, "class": "corrupt", "attributes": [], "detail": text},
            {"field": text, "class": "live-lost", "attributes": [], "detail": None},
            {"field": f"{text}0", "class": "live-edited", "attributes": [text], "detail": None},
        ],
        "flags": [text],
        "overridden": [{"guard": text, "message": text, "flag": text}],
    }


def a_section(title: str, value: dict[str, Any]) -> Section:
    return Section(title, plan.read(json.dumps(value).encode()))


def a_status(text: str = "v", *, drift: Sequence[str] = ("live-edited",)) -> bytes:
    entries = [{"field": text, "class": kind, "attributes": [text]} for kind in drift]
    return json.dumps({"schema": 1, "in_sync": not drift, "drift": entries}).encode()


def overview(**given: bytes | str) -> Overview:
    return Overview(
        {
            name: Unreadable(said) if isinstance(said, str) else statusdata.read(said)
            for name, said in given.items()
        }
    )


def everything(text: str) -> dict[str, str]:
    """Each report with the same text in every place that is other people's."""
    sections = [
        a_section(text, a_plan(text)),
        a_section(f"{text}!", alarming(text)),
        Section(f"{text}.", Unreadable(text)),
    ]
    status = statusdata.read(a_status(text, drift=("both", "both", text)))
    return {
        "plan": FORMATS["markdown"](nasty(text, text, text), text, PIPE),
        "summary": block(f"a {shown(text)}"),
        "findings": FINDINGS["markdown"]([Problem(Place(text, 3, 7), text, text, text)], PIPE),
        "comment": report(sections, RUN, commit=text),
        "issue": issue(Overview({text: status, f"{text}.": Unreadable(text)}), RUN),
    }


# --------------------------------------------------------------------------- other people's text


@pytest.mark.parametrize("text", HOSTILE)
def test_other_peoples_text_is_shown_and_does_nothing(text: str) -> None:
    calm = everything("x")
    for name, said in everything(text).items():
        page = rendered(said)
        assert page.structure == rendered(calm[name]).structure, name
        assert "".join(spoken(page)) == "".join(spoken(rendered(calm[name]))), name
        codes = [t for t, inside in page.texts if {"code", "pre"} & set(inside)]
        assert any(shown(text) in " ".join(code.splitlines()) for code in codes), name
        assert set(page.links) <= {RUN}


def test_nothing_outside_of_code_is_a_mention_a_reference_or_an_address() -> None:
    for said in everything("x").values():
        for text in spoken(rendered(said)):
            assert not set("@#") & set(text), text
            assert "://" not in text


# --------------------------------------------------------------------------- what it says


def text_of(said: str) -> str:
    """What a reader sees."""
    return "".join(text for text, _ in rendered(said).texts)


def test_a_plan_of_our_own_is_the_same_report() -> None:
    said = FORMATS["markdown"](PLAN, WHERE, PIPE)
    read = plan.read(FORMATS["json"](PLAN, WHERE, PIPE).encode())
    assert said == report([Section(WHERE, read)]).rstrip("\n")
    text = text_of(said)
    counts = "1 to create, 1 to update, 1 to delete, ⚠ 1 breaking"
    assert text.startswith(f"fieldkeep: ⚠ undoes 1 edit, {counts}\n")
    for part in (
        'companyupdatedisplay_name"A""B"git',
        'sitecreatecategory"basic"git',
        "rackdeletethe whole field",
        "6 of 9 fields [deletes]; if it is meant: --allow-deletes when it is applied by hand",
        "not every source could be read [prune]; no flag overrides this guard",
        "What new fields have by default (1)\n\nsite: order 999",
        "What the fields to delete hold (1)\n\nrack: order 5",
        "both company (display_name)",
        "Digest sha256:00ff",
    ):
        assert part in text
    assert "order999" not in text


def test_counts_come_first_then_what_breaks_what_is_refused_and_the_changes() -> None:
    said = report([a_section("staging", a_plan("x"))], RUN)
    order = [
        "### fieldkeep: 1 to create, 1 to update, 1 to delete, ⚠ 1 breaking",
        "<b>Refused as it is:</b> <code>staging</code>",
        "<code>staging</code>: 8 fields: 1 to create, 1 to update, 1 to delete, 4 unchanged,",
        "⚠ Breaking changes",
        "<b>Refused</b>",
        "<table>",
        "<b>Blast radius</b>",
        "<b>Warnings</b>",
        "<details>",
        "Digest",
    ]
    places = [said.index(part) for part in order]
    assert places == sorted(places)
    text = text_of(said)
    assert "if it is meant: the label fieldkeep: allow-breaking on the pull request" in text
    assert "required x: x (3 services)" in text
    assert "x:3" in text


def test_a_field_that_changes_in_several_places_is_counted_once() -> None:
    sections = [a_section(title, a_plan("x", 2)) for title in ("main", "staging", "production")]
    first = report([*sections, a_section("other", a_plan("y"))]).split("\n")[0]
    assert first == "### fieldkeep: 3 to create, 3 to update, 3 to delete, ⚠ 2 breaking"


def test_the_same_changes_are_shown_once_and_what_differs_again() -> None:
    first, second = a_plan("v"), a_plan("v")
    second["warnings"] = [*first["warnings"], "only here"]
    second["digest"] = "sha256:another"
    once = report([a_section("one", first)])
    both = report([a_section("one", first), a_section("two", second)])
    assert "The same changes as <code>one</code>." in both
    assert both.count("<table>") == 1
    rest = both.removeprefix(once.rstrip("\n"))
    assert "only here" in rest
    assert "another" in rest
    assert "Breaking changes" in rest
    assert "Refused" in rest
    second["changes"][0]["attributes"][0]["new"] = "something else"
    assert report([a_section("one", first), a_section("two", second)]).count("<table>") == 2


def test_what_is_undone_and_overridden_comes_before_all_changes() -> None:
    plan = alarming("x")
    plan["environment"] = "staging"
    said = report([a_section("staging", plan), a_section("production", a_plan("x"))], RUN)
    order = [
        "### fieldkeep: ⚠ the document cannot be used, ⚠ undoes 2 edits, ⚠ 1 guard",
        "<b>⚠ The document cannot be used:</b> <code>staging</code></p>",
        "<b>⚠ Undoes edits made in the application:</b> <code>staging</code></p>",
        "<h4><code>staging</code>",
        "<b>⚠ The document cannot be used</b>: <code>x</code>",
        "⚠ Undoes edits that somebody made in the application",
        "<code>x0.x</code> is <code>&#34;x&#34;</code> there, git says <code>&#91;&#34;x",
        "run <code>fieldkeep adopt --env staging x0</code>",
        "⚠ Brings back fields that somebody removed in the application",
        "⚠ Guards that would refuse, and are overridden",
        "<b>Flags</b>",
        "⚠ Breaking changes",
        "<b>Refused</b>",
        "<table>",
    ]
    places = [said.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("text", [text for text in HOSTILE if not text.isalnum()])
def test_the_command_to_copy_names_plain_words_only(text: str) -> None:
    said = text_of(report([a_section("a", alarming(text))]))
    assert "run fieldkeep adopt NAME and" in said


@pytest.mark.parametrize(
    ("drift", "first"),
    [
        ({"class": "missing", "detail": "absent; a sync puts back t"}, "is gone: absent;"),
        ({"class": "corrupt", "detail": "no JSON"}, "cannot be used: no JSON"),
    ],
)
def test_a_lost_document_is_never_no_change(drift: dict[str, Any], first: str) -> None:
    lists = ("changes", "orphans", "refusals", "warnings")
    plan = {"schema": 1, "digest": "sha256:0", **{name: [] for name in lists}}
    plan["drift"] = [{"field": None, "attributes": [], **drift}]
    text = text_of(report([a_section("main", plan)]))
    assert "No changes" not in text
    assert f"⚠ The document {first}" in text
    assert "no field differs from the newest backup" in text


@pytest.mark.parametrize("what", ["head_changes", "status_changes"])
def test_a_change_outside_of_the_fields_is_never_no_change(what: str) -> None:
    lists = ("changes", "drift", "orphans", "refusals", "warnings")
    plan = {"schema": 1, "digest": "sha256:0", **{name: [] for name in lists}, what: True}
    text = text_of(report([a_section("main", plan)]))
    assert "No changes" not in text
    assert "No field changes. The " in text


def test_an_empty_plan_is_one_line() -> None:
    lists = ("changes", "drift", "orphans", "refusals", "warnings")
    plan = {"schema": 1, "digest": "sha256:0", **{name: [] for name in lists}}
    said = report([a_section("main", plan)])
    counts = "0 to create, 0 to update, 0 to delete"
    shown = f"fieldkeep: {counts} main: no changes No changes. Digest sha256:0"
    assert " ".join(text_of(said).split()) == shown


def test_a_plan_before_counts_and_impact_existed_is_read() -> None:
    plan = a_plan("x")
    for name in ("counts", "impact", "against", "environment", "notes"):
        del plan[name]
    old = {"name": "a", "old": 1, "new": 2, "origin": "default"}
    for change in plan["changes"]:
        change["attributes"] = [old]
    text = text_of(report([a_section("main", plan)]))
    assert "main: 1 to create, 1 to update, 1 to delete\n" in text


def test_a_plan_that_is_not_there_is_not_an_empty_one() -> None:
    text = text_of(report([Section("main", Unreadable("main.json: there is no such file"))], RUN))
    assert "No plan: main" in text
    assert "main.json: there is no such file. What went wrong is said in the run." in text
    assert "No changes" not in text


# --------------------------------------------------------------------------- cut


@pytest.mark.parametrize("text", ["x", "|", "\U0001f389" * 30, "@" * 60], ids=range(4))
@pytest.mark.parametrize("rows", [120, 240])
def test_rows_are_cut_and_counts_are_not(text: str, rows: int) -> None:
    sections = [a_section(title, a_plan(text, rows)) for title in ("main", "production")]
    said = report(sections, RUN)
    assert len(said.encode()) <= COMMENT_BYTES
    assert said.split("\n")[0].startswith(f"### fieldkeep: {rows} to create, {rows} to update")
    assert said.count(f"{rows} to create, {rows} to update, {rows} to delete") == 3
    assert said.count("<p>Digest") == 2
    page = rendered(said)
    assert {tag for tag, _ in page.structure} >= {"table", "/table", "details", "/details"}
    shown_rows = said.count("<code>update</code></td>")
    hidden = [int(n.replace(",", "")) for n in MORE.findall(said)]
    assert hidden
    assert 0 < shown_rows < 2 * rows
    whole = report(sections, RUN, 1 << 30)
    assert whole.count("<tr><td>") + whole.count("<li>") == (
        said.count("<tr><td>") + said.count("<li>") - said.count("<li>…") + sum(hidden)
    )


MORE = re.compile(r"… and ([0-9,]+) more rows?: see <a ")


def test_what_a_summary_takes_is_whole() -> None:
    said = report([a_section("main", a_plan("x", 400))], RUN, SUMMARY_BYTES)
    assert len(said.encode()) > COMMENT_BYTES
    assert not MORE.search(said)


def test_a_long_text_is_shortened() -> None:
    for text in ("y", "@", "\ud800", "\U0001f389"):
        titles = [f"{text * 5000}{index}" for index in range(4)]
        said = report([a_section(title, a_plan(text * 5000)) for title in titles], RUN)
        assert len(said.encode()) <= COMMENT_BYTES
    assert max(len(text) for text, _ in rendered(said).texts) <= 1000


# --------------------------------------------------------------------------- the issue


def test_the_issue_explains_each_class_and_what_to_do() -> None:
    every = [str(kind) for kind in Drift if kind.pending]
    said = issue(overview(staging=a_status(drift=every), production="no file"), RUN)
    text = text_of(said)
    for kind in every:
        assert f"{kind}: " in text
    assert text.count("What to do") == len(every)
    assert "git and live differ" not in text
    assert "production: could not be read" in text
    assert "Whether it drifted is not known." in text


def test_a_status_of_our_own_is_read() -> None:
    survey = hostile().evaluate()
    read = statusdata.read(status.FORMATS["json"](survey, URL, PIPE).encode())
    assert isinstance(read, statusdata.Status)
    assert read.in_sync is not survey.plan.pending
    pending = tuple(entry for entry in survey.plan.drift if entry.pending)
    assert read.drift == pending
    assert rendered(status.FORMATS["markdown"](survey, URL, PIPE)).links == []


def test_only_the_run_differs_between_two_looks_at_the_same_drift() -> None:
    found = overview(production=a_status(drift=("both",)))
    one, other = issue(found, RUN), issue(found, RUN.replace("77", "78"))
    assert one != other
    assert lasting(one) == lasting(other.replace("\n", "\r\n"))
    assert lasting(one) != lasting(issue(overview(production=a_status(drift=("missing",))), RUN))


def test_a_plan_is_linked_as_a_page_where_there_is_one() -> None:
    text = report([Section("staging", PLAN, f"{RUN}/artifacts/5"), Section("production", PLAN)])
    assert Page(text).links == [f"{RUN}/artifacts/5"]


def test_texts_lead_to_the_page_that_explains_their_words() -> None:
    page = "https://git.example/team/fieldkeep/blob/main/docs/glossary.md"
    assert Page(report([Section("staging", PLAN)], glossary=page)).links == [page]
    drifting = overview(production=a_status(drift=("both",)))
    assert f"{page}#both" in Page(issue(drifting, RUN, page)).links

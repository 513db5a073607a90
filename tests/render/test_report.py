"""The comment on a pull request, as GitHub-flavoured Markdown shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

from fieldkeep.core import plandata, statusdata
from fieldkeep.core.shape import Unreadable
from fieldkeep.core.statusdata import Overview
from fieldkeep.render.drift import issue
from fieldkeep.render.report import Section, report
from tests.render.hostile import HOSTILE, shown

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

    def codes(self) -> list[str]:
        """The text of each code element, whole."""
        return ["".join(text for text, inside in self.texts if inside and inside[-1] == "code")]


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


def a_section(title: str, plan: dict[str, Any]) -> Section:
    return Section(title, plandata.read(json.dumps(plan).encode()))


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
    sections = [a_section(text, a_plan(text)), Section(f"{text}.", Unreadable(text))]
    status = statusdata.read(a_status(text, drift=("both", "both", text)))
    return {
        "comment": report(sections, RUN),
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
        codes = [t for t, inside in page.texts if inside and inside[-1] == "code"]
        assert shown(text) in codes, name
        assert set(page.links) == {RUN}


def test_nothing_outside_of_code_is_a_mention_a_reference_or_an_address() -> None:
    for said in everything("x").values():
        for text in spoken(rendered(said)):
            assert not set("@#") & set(text), text
            assert "://" not in text

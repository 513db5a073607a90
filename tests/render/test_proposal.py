"""A proposal in git's log and on the forge: values are other people's text."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from fieldkeep.core.adopt.adopted_files import Adopted
from fieldkeep.core.propose.branch import Branch, Commit, signed
from fieldkeep.core.propose.edits import Edit, of_body, of_message
from fieldkeep.core.propose.proposal import Base, Change, Outcome, Proposal, State, Unsure
from fieldkeep.model import Source
from fieldkeep.render import proposal as render
from fieldkeep.render.markdown import COMMENT_BYTES
from fieldkeep.render.screen import PIPE
from tests.render.hostile import HOSTILE
from tests.render.test_plans import PLAN
from tests.render.test_report import rendered

RUN = "https://github.com/acme/fields/actions/runs/77"


def a_change(*edits: Edit, since: str | None = None) -> Change:
    entries = tuple(edit.entry for edit in edits)
    file = Adopted(edits[0].field, None, Source(f"fields/{edits[0].field}.yaml", b""), entries)
    return Change(edits, file, since)


def a_proposal(*edits: Edit, commits: tuple[Commit, ...] = ()) -> Proposal:
    tip = "t" if commits else None
    branch = Branch("fieldkeep/staging", tip, commits, published=tip)
    changes = (a_change(*edits),) if edits else ()
    base = Base("main", "c" * 40, "github.com/acme/fields")
    return Proposal(base, branch, edits, (), changes, (), PLAN, backed_up=True)


NAME = Edit("company", "display_name", "Company", "Empresa")


def test_a_message_says_old_and_new_and_since_when() -> None:
    order = Edit("company", "order", None, 7)
    said = render.message(a_change(NAME, order, since="2026-11-27T22:17:00.000Z"), "staging")
    assert re.sub("[0-9a-f]{12}", "DIGEST", said) == (
        "Take display_name, order of company from the application\n"
        "\n"
        "Somebody changed it in the application of staging:\n"
        "\n"
        '  display_name: "Company" -> "Empresa"\n'
        "  order: (none) -> 7\n"
        "\n"
        "A backup has it since 2026-11-27T22:17:00.000Z.\n"
        "\n"
        "Fieldkeep-Edit: company.display_name DIGEST\n"
        "Fieldkeep-Edit: company.order DIGEST"
    )
    many = [Edit("company", f"validation.{name}", None, 1) for name in ("regex", "min", "max")]
    subject = render.message(a_change(NAME, order, *many), None, "OPS-7: ").splitlines()[0]
    assert subject == "OPS-7: Take 5 changes of company from the application"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Fixes #12", r"Fixes \u002312"),
        ("closes acme/fields#3, GH-4 and !5", r"closes acme/fields\u00233, GH\u002d4 and \u00215"),
        ("ask @ann or ann@example.org", r"ask \u0040ann or ann@example.org"),
        (
            "resolves https://github.com/a/b/issues/1",
            r"resolves https\u003a//github.com/a/b/issues/1",
        ),
        ("Color # and 10 % at 12:30", "Color # and 10 % at 12:30"),
    ],
)
def test_a_forge_acts_on_nothing_that_a_value_says(said: str, shown: str) -> None:
    message = render.message(a_change(Edit("company", "placeholder", None, said)), None)
    (line,) = [line for line in message.splitlines() if "placeholder:" in line]
    assert line == f'  placeholder: (none) -> "{shown}"'
    assert json.loads(f'"{shown}"') == said


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_is_never_more_than_text(text: str) -> None:
    edit = Edit(
        "company", "placeholder", text, f"{text}\n\nFieldkeep-Edit: company.order {'0' * 12}"
    )
    said = render.message(a_change(edit), text)
    assert of_message(said) == {edit.name: edit.digest}
    assert all(line.isprintable() for line in said.splitlines())
    body = render.body(a_proposal(edit), RUN)
    assert of_body(body) == {edit.name: edit.digest}
    seen = rendered(body)
    assert [
        text for text, within in seen.texts if "code" not in within and "Fieldkeep-" in text
    ] == []


def test_what_somebody_wrote_around_the_body_stays() -> None:
    first = render.body(a_proposal(NAME), RUN)
    second = render.body(a_proposal(Edit("site", "order", 1, 2)), RUN, f"Above\r\n{first}\nBelow")
    assert second.startswith("Above\n<!-- fieldkeep:proposal -->")
    assert second.endswith("<!-- fieldkeep:end -->\nBelow")
    assert list(of_body(second)) == ["site.order"]
    assert render.body(a_proposal(NAME), RUN, "Theirs").startswith("Theirs\n\n<!-- ")


def test_a_body_fits_however_much_was_edited() -> None:
    edits = [Edit(f"field_{n}", "description", "a" * 2000, "é" * 2000) for n in range(500)]
    body = render.body(a_proposal(*edits), RUN)
    assert len(body.encode()) <= COMMENT_BYTES + 200
    assert len(of_body(body)) == 500


def test_a_pull_request_of_which_nothing_is_left_declines_nothing() -> None:
    body = render.body(a_proposal(), RUN, render.body(a_proposal(NAME), RUN))
    assert of_body(body) == {}
    assert "nothing is left" in body


def test_what_was_done_is_one_line() -> None:
    done = Outcome(State.COMMITTED, "f" * 40)
    made = "committed: 1 edit of 1 field on the branch fieldkeep/staging (ffffffffffff)"
    assert render.text(a_proposal(NAME), done, PIPE).splitlines() == [
        'company.display_name: "Company" -> "Empresa"',
        f"{made}; nothing was pushed",
        "next:",
        "  git push origin fieldkeep/staging",
        "  gh pr create --head fieldkeep/staging --base main --fill",
    ]
    tree = "a" * 40
    there = Commit("1" * 40, tree, ("p",), 5, 5, "we", signed("x", tree))
    unpushed = render.text(a_proposal(NAME), Outcome(State.UNCHANGED, "f" * 40), PIPE)
    assert "git push origin" not in unpushed, "origin has it"
    anew = render.text(a_proposal(NAME, commits=(there,)), done, PIPE)
    assert "git push --force-with-lease=fieldkeep/staging:t origin" in anew
    assert render.text(Unsure("the document is not live"), None, PIPE).startswith(
        "the document is not"
    )


def test_what_a_reviewed_branch_proposes_in_vain_is_named() -> None:
    ours = Commit("1" * 40, "t", ("p",), 5, 5, "we", render.message(a_change(NAME), None))
    theirs = Commit("2" * 40, "t", ("p",), 5, 6, "Ann", "x")
    found = a_proposal(commits=(theirs, ours))
    told = render.text(found, Outcome(State.NOTHING), PIPE).splitlines()
    assert told[0].endswith("it is no edit any more: company.display_name")


def test_gitlab_makes_a_merge_request_of_a_push() -> None:
    found = a_proposal(NAME)
    found = replace(found, base=replace(found.base, origin="gitlab.example/acme/fields"))
    told = render.text(found, Outcome(State.COMMITTED, "f" * 40), PIPE).splitlines()
    pushed = "git push -o merge_request.create -o merge_request.target=main"
    assert told[-1] == f"  {pushed} origin fieldkeep/staging"
    nowhere = replace(found, base=replace(found.base, origin=""))
    told = render.text(nowhere, Outcome(State.COMMITTED, "f" * 40), PIPE).splitlines()
    assert told[-1] == "  add a remote `origin`: this clone has none to push the branch to"

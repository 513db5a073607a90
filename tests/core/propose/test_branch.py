"""What a proposal may do with its branch, and what a person's word on it means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldkeep.core.propose import edits
from fieldkeep.core.propose.branch import Branch, Commit, PullRequest, State, Way, signed
from fieldkeep.core.propose.edits import Edit
from fieldkeep.core.propose.proposal import sorted_out
from fieldkeep.errors import Refused

TREE = "a" * 40
EMPRESA, FIRMA = (Edit("company", "display_name", "Company", new) for new in ("Empresa", "Firma"))


def ours(*found: Edit, name: str = "1") -> Commit:
    message = signed(f"Take it\n\n{edits.trailers(found)}", TREE)
    return Commit(name * 40, TREE, ("p",), 5, 5, "fieldkeep", message)


THEIRS = Commit("9" * 40, TREE, ("p",), 5, 5, "Ann", "The right word\n")


def pull(number: int, state: State, *found: Edit, head: str = "") -> PullRequest:
    body = edits.comment(edits.marks(found))
    return PullRequest(number, state, head, body, f"https://github.com/acme/fields/pull/{number}")


@pytest.mark.parametrize(
    "changed",
    [
        replace(ours(EMPRESA), tree="b" * 40),
        replace(ours(EMPRESA), committed=6),
        replace(ours(EMPRESA), parents=("p", "q")),
        THEIRS,
    ],
    ids=["other content", "amended or moved", "a merge", "a person's"],
)
def test_what_was_changed_since_is_not_ours(changed: Commit) -> None:
    assert ours(EMPRESA).is_ours
    assert not changed.is_ours
    assert Branch("b", "t", (changed, ours(EMPRESA))).way is Way.ON_TOP


def test_our_own_commits_are_made_anew() -> None:
    assert Branch("b", None, ()).way is Way.BEGIN
    branch = Branch("b", "t", (ours(FIRMA), ours(EMPRESA)), [pull(1, State.OPEN)])
    assert branch.way is Way.ANEW
    assert branch.proposed == edits.marks([FIRMA]), "the newest mark of an entry"


def test_a_squashed_branch_is_done_with() -> None:
    merged = Branch("b", "t", (THEIRS, ours(EMPRESA)), [pull(1, State.MERGED, EMPRESA, head="t")])
    assert (merged.way, merged.proposed, merged.declined) == (Way.BEGIN, {}, {})
    merged.require_usable()


def test_what_somebody_closed_is_declined_until_another_value_was_proposed() -> None:
    closed = pull(3, State.CLOSED, EMPRESA)
    branch = Branch("b", "t", (ours(EMPRESA),), [closed])
    assert edits.has(branch.declined, EMPRESA)
    assert not edits.has(branch.declined, FIRMA)
    assert branch.proposed == {}, "nothing of it waits"
    for state in State:
        after = Branch("b", None, (), [pull(4, state, FIRMA), closed])
        assert not edits.has(after.declined, EMPRESA), state


def test_a_persons_commit_without_an_open_pull_request_is_not_touched() -> None:
    for state in (State.CLOSED, State.MERGED):
        branch = Branch("b", "t", (THEIRS,), [pull(1, state, EMPRESA, head="before")])
        with pytest.raises(Refused, match=r"has a commit of Ann \(999999999999\)"):
            branch.require_usable()
    Branch("b", "t", (THEIRS,), [pull(1, State.OPEN)]).require_usable()
    Branch("b", "t", (THEIRS,)).require_usable()


def test_what_a_review_has_stays_as_it_is() -> None:
    site = Edit("site", "order", None, 2)
    reviewed = Branch("b", "t", (THEIRS, ours(EMPRESA)), [pull(1, State.OPEN)])
    found = sorted_out([EMPRESA, site], reviewed)
    assert (found.stay, found.wanted) == ((EMPRESA,), (site,))
    assert sorted_out([FIRMA], reviewed).wanted == (FIRMA,), "live moved on since"
    own = Branch("b", "t", (ours(EMPRESA),), [pull(1, State.OPEN), pull(0, State.CLOSED, site)])
    found = sorted_out([EMPRESA, site], own)
    assert (found.declined, found.wanted) == ((site,), (EMPRESA,))

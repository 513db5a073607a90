"""Somebody who writes after each of our writes: true words, and no history full of one command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fieldkeep.edges.store.kv import Store
from fieldkeep.model import Live, Operation, Outcome
from tests.edges.store.plain import PlainSQLite
from tests.faults.room import Files, Room

LABELS = ("company", "site")
FILES: Files = {"company": {"display_name": "git 1"}, "site": {"category": "basic"}}
NEXT: Files = {"company": {"display_name": "git 2"}, "site": {"category": "basic"}}


@dataclass
class Followed(Store):
    """A store in which somebody does something after each of our commits."""

    store: Store
    then: Callable[[int], object]
    commits: int = 0

    def __post_init__(self) -> None:
        self.url, self.shared, self.limits = self.store.url, self.store.shared, self.store.limits

    def get(self, key: str) -> Live:
        return self.store.get(key)

    def denied(self, keys: Sequence[str]) -> tuple[str, ...]:
        return self.store.denied(keys)

    def commit(self, operations: Sequence[Operation]) -> Outcome:
        outcome = self.store.commit(operations)
        self.commits += 1
        self.then(self.commits)
        return outcome


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr("fieldkeep.operations.attempts._LONGEST_PAUSE_SECONDS", 0.001)
    (tmp_path / "pyproject.toml").write_text("[tool.fieldkeep]\n", "utf-8")
    room = Room(PlainSQLite(tmp_path / "store.db"), "sqlite:///store.db", tmp_path, depth=10)
    room.sync(FILES, LABELS, commit="1")
    return room


def history(room: Room) -> int:
    return len(room.value(".backup.history"))


def edits(room: Room, what: str) -> Callable[[int], object]:
    cached = room.value()

    def then(number: int) -> None:
        match what:
            case "what git owns":
                room.edit("company", display_name=f"them {number}")
            case "what git is silent on":
                room.edit("company", placeholder=f"them {number}")
            case "an old copy":
                room.put("", cached)

    return then


@pytest.mark.parametrize("pending", [False, True])
@pytest.mark.parametrize("what", ["what git owns", "what git is silent on", "an old copy"])
def test_one_command_adds_half_of_the_history_at_most(room: Room, what: str, pending: bool) -> None:
    if pending:  # an edit that no sync has seen yet
        room.edit("site", placeholder="ui")
    before, edit = history(room), edits(room, what)
    store = Followed(room.store(), edit)
    result = room.sync(NEXT, LABELS, commit="2", cut=store)
    assert history(room) <= before + 5
    assert store.commits <= 5
    assert len(result.applied) <= 3
    assert result.applied, "it was applied, and the summary says so"
    is_ours = room.live()["company"]["display_name"] == "git 2"
    assert (result.contended is None) == is_ours
    assert "git 2" in {
        field["display_name"] for e in room.entries() for field in e["fields_data"]["fields"]
    }
    if result.contended:
        assert result.contended.exit_code == 5
        assert "applied, and another writer has written over it" in str(result.contended)
    live, kept = room.live_values(), room.kept_values()
    room.sync(NEXT, LABELS, commit="2")
    assert not (live | kept) - room.live_values() - room.kept_values()
    assert room.live()["company"]["display_name"] == "git 2"
    assert room.verified() == []


def test_one_edit_right_after_ours_is_applied_over(room: Room) -> None:
    def then(number: int) -> None:
        if number == 1:
            room.edit("company", display_name="theirs")

    result = room.sync(NEXT, LABELS, commit="2", cut=Followed(room.store(), then))
    assert result.contended is None
    assert len(result.applied) == 2
    assert room.live()["company"]["display_name"] == "git 2"
    assert ("company", "display_name", '"theirs"') in room.kept_values()


class Crowded(Followed):
    """Somebody writes before our second commit too."""

    def commit(self, operations: Sequence[Operation]) -> Outcome:
        if self.commits == 1:
            self.then(-1)
        return super().commit(operations)


def test_a_capture_that_loses_after_the_apply_is_not_tried_again(room: Room) -> None:
    store = Crowded(room.store(), edits(room, "what git is silent on"))
    result = room.sync(NEXT, LABELS, commit="2", cut=store)
    assert result.contended is None
    assert store.commits == 2
    live = {entry["name"]: entry for entry in room.value()["fields"]}
    assert (live["company"]["display_name"], live["company"]["placeholder"]) == ("git 2", "them 2")

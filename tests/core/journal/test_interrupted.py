"""What an interrupted apply in several writes leaves, also if the next one is interrupted too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.stored import record
from fieldkeep.core.stored.record import Record
from fieldkeep.model import Present
from fieldkeep.render import steps
from tests.core.build import BULK, KEYS, US, World, a_document, a_field, read

TWO = replace(US, commit="b" * 40)


def world() -> World:
    """One field of git's with an edit in the application; only ordered writes fit the store."""
    made = World({"company": {"display_name": "A"}}, (read("m", "company", "site"),))
    made.sync()
    made.edit("company", placeholder="typed", icon=BULK)
    made.sync()
    return made


def interrupt(made: World, after: int) -> None:
    plenty = made.limits
    made.limits = made.too_small(made.evaluate())
    made.write(made.evaluate(), interrupted_after=after)
    made.limits = plenty


@pytest.mark.parametrize("second", [1, 2, 3])
def test_a_line_of_a_first_interrupted_apply_goes_after_a_second_one(second: int) -> None:
    """Three commits gave the line three values, the fourth none: none of the three is an edit."""
    made = world()
    made.files["company"] = {"display_name": "B", "description": "only there"}
    interrupt(made, 4)  # live, but not confirmed
    made.edit("site", placeholder="later")  # and now it cannot be told from an edited document
    made.files["company"] = {"display_name": "C"}
    interrupt(made, second)
    made.files["company"] = {"order": 7}
    made.sync()
    assert made.live("company")["display_name"] == "Company"
    assert made.live("company")["description"] == ""
    assert made.live("site")["placeholder"] == "later"
    assert made.sync()[1].scope is Scope.NOTHING


@pytest.mark.parametrize("after", range(1, 5))
@pytest.mark.parametrize("lost", [None, KEYS.history, KEYS.backup, KEYS.document])
def test_a_repair_that_was_interrupted_is_still_a_repair(after: int, lost: str | None) -> None:
    """Announcing it moves the record's index past the recreation."""
    made = world()
    made.store.delete(KEYS.document)
    made.store.put(KEYS.document, a_document(a_field("company"), a_field("site"), notes=BULK))
    interrupt(made, after)
    if lost:
        made.store.delete(lost)
    made.sync()
    assert made.live("company")["placeholder"] == "typed"
    assert made.sync()[1].scope is Scope.NOTHING


def test_the_only_backup_left_is_kept_though_unconfirmed() -> None:
    made = world()
    made.files["company"] = {"display_name": "B"}
    interrupt(made, 3)
    made.store.delete(KEYS.history)
    _, stored = made.look()
    assert [entry.text("run") for entry in stored.history.valid] == ["run-3"]
    made.sync()
    assert "typed" in made.values_in_backups("company", "placeholder")[1:]


def test_a_backup_that_the_history_lacks_takes_its_place_below_newer_entries() -> None:
    """The history is written first, and had no room for the entry that is still the backup."""
    made = world()
    made.depth = 2
    made.edit("company", placeholder="typed later")
    made.files["company"] = {"display_name": "B"}
    interrupt(made, 2)
    newest = made.store.json(KEYS.backup)["serial"]
    assert newest not in [entry["serial"] for entry in made.store.json(KEYS.history)]
    assert [entry["serial"] for entry in made.history()] == [newest + 1, newest]
    made.store.delete(KEYS.record)
    assert [entry["serial"] for entry in made.history()] == [newest + 2, newest + 1, newest]


def test_a_second_interrupted_apply_replaces_what_the_first_one_backed_up() -> None:
    made = world()
    made.files["company"] = {"display_name": "B"}
    interrupt(made, 4)
    made.edit("company", placeholder="typed later")
    interrupt(made, 2)
    serials = [entry["serial"] for entry in made.history()]
    assert serials == sorted(serials, reverse=True)
    made.files["company"] = {"display_name": "C"}
    made.sync()
    serials = [entry["serial"] for entry in made.history()]
    assert serials == sorted(set(serials), reverse=True)


@pytest.mark.parametrize("before", [None, {"display_name": "Confirmed"}])
def test_a_field_goes_with_its_file_though_only_an_interrupted_apply_set_it(
    before: dict[str, Any] | None,
) -> None:
    """No backup that counts has the interrupted apply's value, and it is not an edit either."""
    made = world()
    if before:
        made.files["rack"] = before
        made.sync()
    made.files["rack"] = {"display_name": "Never confirmed"}
    interrupt(made, 4)
    made.edit("site", placeholder="later")
    del made.files["rack"]
    made.sync(deletes=True)
    assert "rack" not in made.names()


def test_which_commit_may_be_live_is_known_by_the_documents_index() -> None:
    made = world()
    made.writer = TWO
    made.files["company"] = {"display_name": "B"}
    for after, commit in ((2, US.commit), (4, TWO.commit)):
        interrupt(made, after)
        if after == 4:
            made.edit("site", placeholder="later")
        _, stored = made.look()
        assert stored.commit == commit
        assert stored.may_be_applied == (after == 4)
        assert [line for line in steps.stored(stored) if "was interrupted" in line]


@pytest.mark.parametrize("may_be_applied", [True, False])
def test_a_pending_apply_is_read_as_it_was_written(may_be_applied: bool) -> None:
    made = world()
    made.writer = replace(TWO, owner="z.example/others")
    made.allowed = replace(made.allowed, take_over=True)
    made.files["company"] = {"display_name": "B"}
    interrupt(made, 1)
    written = made.look()[1].record
    assert isinstance(written, Record)
    assert written.pending is not None
    pending = replace(written.pending, may_be_applied=may_be_applied)
    made.store.put(KEYS.record, record.with_pending(dict(written.raw), pending))
    again = made.look()[1].record
    assert isinstance(again, Record)
    assert again.pending == pending


def test_an_interrupted_take_over_belongs_to_its_owner_once_its_document_is_live() -> None:
    made = world()
    made.writer = replace(TWO, owner="git.example/others")
    made.allowed = replace(made.allowed, take_over=True)
    made.files["company"] = {"display_name": "B"}
    for after, owner in ((3, US.owner), (4, "git.example/others")):
        interrupt(made, after)
        found = made.look()[1].record
        assert isinstance(found, Record)
        assert found.text("owner") == owner


def test_an_unreadable_pending_apply_is_overwritten() -> None:
    made = world()
    made.store.put(KEYS.record, {**made.store.json(KEYS.record), "pending": {"run": 7}})
    live = made.store.get(KEYS.record)
    assert isinstance(live, Present)
    found = record.decode(live)
    assert isinstance(found, Record)
    assert found.pending is None
    assert made.sync()[1].scope is Scope.RECORD
    assert "pending" not in made.store.json(KEYS.record)

"""The history holds ten different states; an edit that only one of them has leaves last."""

from __future__ import annotations

from typing import Any

import pytest

from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.stored.verify import verify
from tests.core.build import KEYS, World, a_document, a_field, read
from tests.core.merge.test_application import beside


def world(**company: Any) -> World:
    made = World({"company": company or {"display_name": "A"}}, (read("m", "company", "site"),))
    made.sync()
    return made


def findings(made: World) -> list[str]:
    return [finding.message for finding in verify(*made.look()) if not finding.note]


# --------------------------------------------------------------------------- one of each state


def test_a_state_that_comes_back_is_no_second_entry() -> None:
    made = world()
    for name in ("B", "A", "B", "A"):
        made.files["company"] = {"display_name": name}
        made.sync()
    assert made.values_in_backups("company", "display_name") == ["A", "B"]
    assert made.history()[0]["commit"] == made.writer.commit
    assert findings(made) == []
    assert made.sync()[1].scope is Scope.NOTHING


def test_the_same_edit_overruled_again_and_again_is_one_entry_below_the_result() -> None:
    made = world()
    for edit in ("first", "second", "first", "first"):
        made.edit("company", display_name=edit)
        made.sync()
    assert made.values_in_backups("company", "display_name") == ["A", "first", "second"]
    assert findings(made) == []


def test_another_writers_backup_of_an_edit_stands_for_ours() -> None:
    made = world()
    document = made.document()
    document["fields"][0]["display_name"] = "typed"
    made.store.put(KEYS.document, document)
    theirs = {"data": {"fields_data": document, "backup_timestamp": "x"}, "meta": {"by": "app"}}
    made.store.put(KEYS.backup, theirs)
    made.store.put(KEYS.history, [theirs, *made.store.json(KEYS.history)])
    made.sync()
    assert made.values_in_backups("company", "display_name") == ["A", "typed"]
    assert made.store.json(KEYS.history)[1] == theirs
    assert made.store.json(KEYS.backup) == made.store.json(KEYS.history)[0]


def test_what_others_repeat_leaves_the_history_although_nothing_else_changes() -> None:
    made = world()
    made.edit("company", display_name="overruled")
    made.sync()
    application = beside(made)
    for round_ in range(3):
        application.rewrite_status((f"north-{round_}",))
        made.sync()
        assert made.values_in_backups("company", "display_name") == ["A", "overruled"]
        assert findings(made) == []
    assert made.sync()[1].scope is Scope.NOTHING


# --------------------------------------------------------------------------- what leaves last


def test_an_overruled_edit_stays_while_git_goes_on() -> None:
    made = world()
    made.edit("company", display_name="typed by a person")
    made.sync()
    for number in range(20):
        made.files["company"] = {"display_name": f"git {number}"}
        _, written = made.sync()
        assert written.leaving == ()
    assert len(made.history()) == 10
    assert "typed by a person" in made.values_in_backups("company", "display_name")
    assert findings(made) == []


def test_an_edit_that_was_replaced_by_people_leaves_before_one_that_git_overruled() -> None:
    made = world()
    made.depth = 4
    made.edit("company", display_name="overruled")
    made.sync()
    for text in "abc":
        made.edit("company", placeholder=text)
        _, written = made.sync()
    assert made.values_in_backups("company", "display_name") == ["A", "A", "A", "overruled"]
    made.edit("company", placeholder="d")
    _, written = made.sync()
    assert "overruled" in made.values_in_backups("company", "display_name")
    (leaving,) = written.leaving
    assert [(held.field, held.attribute, held.value) for held in leaving.values] == [
        ("company", "placeholder", "a")
    ]


def test_what_must_leave_is_named() -> None:
    made = world()
    made.depth = 3
    for text in "abc":
        made.edit("company", display_name=text)
        _, written = made.sync()
    assert made.values_in_backups("company", "display_name") == ["A", "c", "b"]
    (leaving,) = written.leaving
    assert [held.value for held in leaving.values] == ["a"]
    assert findings(made) == []


def test_a_default_that_leaves_is_nobodys_value() -> None:
    made = world()
    made.depth = 2
    for text in "ab":
        made.edit("company", placeholder=text)
        _, written = made.sync()
    assert made.values_in_backups("company", "placeholder") == ["b", "a"]
    assert written.leaving == ()


@pytest.mark.parametrize("depth", [1, 2])
def test_the_result_stays_whatever_the_depth(depth: int) -> None:
    made = world()
    made.depth = depth
    made.edit("company", display_name="typed")
    made.sync()
    assert made.values_in_backups("company", "display_name") == ["A", "typed"][:depth]


def test_an_entry_that_was_taken_out_is_still_missed_after_the_next_applies() -> None:
    made = world()
    for name in "BCDE":
        made.files["company"] = {"display_name": name}
        made.sync()
    entries = made.store.json(KEYS.history)
    del entries[2]
    made.store.put(KEYS.history, entries)
    for name in ("F", "G"):
        made.files["company"] = {"display_name": name}
        made.sync()
        (finding,) = findings(made)
        assert finding.startswith("an entry is missing between serial 4 ")


def test_equal_states_that_an_older_version_left_become_one() -> None:
    made = world()
    entry = made.store.json(KEYS.backup)
    older = {**entry, "serial": 0, "backup_timestamp": "2020-01-01T00:00:00.000Z"}
    made.store.put(KEYS.history, [entry, older])
    made.sync()
    assert len(made.history()) == 1
    assert findings(made) == []


def test_a_foreign_state_of_its_own_stays_byte_for_byte() -> None:
    made = world()
    document = a_document(a_field("site", display_name="Theirs"))
    theirs = {"data": {"fields_data": document, "note": [1.5]}, "meta": {"by": "app"}}
    made.store.put(KEYS.history, [*made.store.json(KEYS.history), theirs])
    made.edit("company", display_name="typed")
    made.sync()
    assert made.store.json(KEYS.history)[-1] == theirs

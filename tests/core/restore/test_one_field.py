"""One field, or one attribute, of a backup; and what the backups tell of a field."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fieldkeep.core.restore.field_history import field_history, held_values
from fieldkeep.core.restore.one_field import Part
from fieldkeep.core.restore.versions import around, between, find
from fieldkeep.core.stored.verify import verify
from fieldkeep.errors import InputError
from tests.core.build import KEYS, World, read


def world() -> World:
    """A first state by git, an edit of two fields, and a second state by git."""
    made = World(
        {"company": {"display_name": "First", "order": 1}, "site": {"order": 2}},
        (read("m", "company", "site", "vendor"),),
    )
    made.sync()
    made.edit("company", display_name="typed", placeholder="typed")
    made.edit("site", placeholder="typed")
    made.sync()
    made.files["company"] = {"display_name": "Second", "order": 5}
    made.sync()
    return made


def backup_with(made: World, name: str, attribute: str, value: Any) -> str:
    return str(made.values_in_backups(name, attribute).index(value))


def values(made: World, name: str) -> tuple[Any, ...]:
    live = made.live(name)
    return live["display_name"], live["order"], live["placeholder"]


def test_one_field_comes_back_and_nothing_else_changes() -> None:
    made = world()
    made.edit("vendor", placeholder="later")
    site, vendor = made.live("site"), made.live("vendor")
    edited = backup_with(made, "company", "display_name", "typed")
    target = made.restore(edited, part=Part("company"), hold=True)
    assert set(target.changes) == {"company"}
    assert values(made, "company") == ("typed", 1, "typed")
    assert made.store.json(KEYS.record)["owned"]["company"] == {"order": 1}
    assert (made.live("site"), made.live("vendor")) == (site, vendor)
    assert target.reverted_by_next_sync == ("company",)
    assert target.hold_until is not None
    assert not [f for f in verify(*made.look()) if not f.note]
    assert made.store.json(KEYS.record)["owned"]["site"] == {"order": 2}


@pytest.mark.parametrize("attribute", ["display_name", "order"])
def test_one_attribute_comes_back_alone(attribute: str) -> None:
    made = world()
    before = made.live("company")
    made.restore("2", part=Part("company", attribute))
    after = made.live("company")
    assert {a for a in before if before[a] != after[a]} == {attribute}


def test_an_attribute_is_named_as_in_the_document_or_as_in_a_file() -> None:
    made = world()
    made.edit("site", field_type="url", show_in_services=False, show_in_table=False)
    made.sync()
    made.edit("site", field_type="text", show_in_services=True, show_in_table=True)
    made.sync()
    for name, attribute, value in (
        ("type", "field_type", "url"),
        ("pages", "show_in_services", False),
        ("visibility.table", "show_in_table", False),
    ):
        made.restore(backup_with(made, "site", attribute, value), part=Part("site", name))
        assert made.live("site")[attribute] == value
    assert made.live("site")["show_in_filter"] is True


def test_a_deleted_field_comes_back_whole() -> None:
    made = world()
    made.readings = (read("m", "company", "vendor"),)
    document = made.document()
    document["fields"] = [f for f in document["fields"] if f["name"] != "site"]
    made.store.put(KEYS.document, document)
    del made.files["site"]
    made.sync()
    assert "site" not in made.names()
    made.restore("1", part=Part("site"))
    assert made.live("site")["placeholder"] == "typed"


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Part("compny"), "no field 'compny'"),
        (Part("company", "ordr"), "no attribute 'ordr'"),
    ],
)
def test_what_is_not_there_is_refused_with_a_suggestion(part: Part, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        world().restore("1", part=part)
    assert "did you mean" in error.value.hint


def test_without_a_live_document_only_the_whole_backup_comes_back() -> None:
    made = world()
    made.store.delete(KEYS.document)
    with pytest.raises(InputError, match="no live document"):
        made.restore("1", part=Part("company"))


# --------------------------------------------------------------------------- around the fields


def test_a_backup_that_differs_around_the_fields_only_is_shown_and_restored() -> None:
    made = world()
    made.store.put(KEYS.document, {**made.document(), "team": {"color": "red"}})
    made.sync()
    made.store.put(KEYS.document, {**made.document(), "team": {"color": "blue"}})
    made.sync()
    _, stored = made.look()
    old, live = find(stored, "1"), find(stored, "live")
    assert between(old, live) == {}
    assert [(d.place, d.old, d.new) for d in around(old, live)] == [("team.color", "red", "blue")]
    target = made.restore("1")
    assert (target.changes, target.puts_something_back) == ({}, True)
    assert made.document()["team"] == {"color": "red"}


# --------------------------------------------------------------------------- what became of it


def test_a_fields_history_names_each_value_with_commit_actor_and_reason() -> None:
    made = World({"company": {"display_name": "First"}}, (read("m", "company"),))
    made.sync()
    made.writer = replace(made.writer, actor="bob", commit="b" * 40)
    made.edit("company", display_name="typed")
    made.sync()
    made.files["company"] = {"display_name": "Second"}
    made.sync()
    made.edit("company", display_name="only live")
    (history,) = [h for h in field_history(made.look()[1], "company") if len(h.steps) > 1]
    assert history.attribute == "display_name"
    assert [(step.value, step.index, step.set_by) for step in history.steps] == [
        ("only live", None, "application"),
        ("Second", 0, "git"),
        ("First", 1, "git"),
        ("typed", 2, "application"),
        ("First", 1, "git"),
    ]
    assert [step.replaced for step in history.steps] == [False, False, False, False, True]
    said = [s.occasion and (s.occasion.reason, s.occasion.actor) for s in history.steps]
    assert said == [
        None,
        ("sync", "bob"),
        ("sync", "bob"),
        ("live-edit", "bob"),
        ("sync", "ada"),
    ]


def test_a_field_that_no_backup_has_is_not_there() -> None:
    with pytest.raises(InputError, match="no field 'compny'"):
        field_history(world().look()[1], "compny")


def test_what_git_overruled_is_named_as_long_as_the_history_has_it() -> None:
    made = world()
    held = held_values(made.look()[1], "company", "display_name", "Second")
    assert [(one.value, one.index) for one in held] == [("typed", 2)]

"""Edits that only the backups have: told, because a sync put git's value back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fieldkeep.core.journal import capture as journal
from fieldkeep.core.journal.journal import Run
from fieldkeep.core.propose.undone import undone
from fieldkeep.core.stored.backups import LIVE_EDIT
from tests.core.build import PAGES, World, read


def a_world(**company: Any) -> World:
    world = World(files={"company": company}, readings=(read("north", "company"),))
    world.sync()
    return world


def capture(world: World) -> None:
    shot, stored = world.look()
    world.now += timedelta(seconds=60)
    run = Run(f"capture-{world.now}", world.now, LIVE_EDIT, world.writer)
    for step in journal.capture(shot, stored, run, world.limits, world.depth).steps:
        world.store.commit(step)


def told(world: World) -> list[tuple[str, Any, int]]:
    _, stored = world.look()
    found = undone(stored, world.desired_state().files, PAGES)
    return [(edit.entry, edit.value, edit.index) for edit in found]


def test_a_sync_undid_it() -> None:
    world = a_world(display_name="Company")
    world.edit("company", display_name="Empresa", order=7)
    assert told(world) == [], "it is live"
    world.sync()
    assert told(world) == [("company.display_name", "Empresa", 1)]
    world.edit("company", display_name="Firma")
    assert told(world) == []


def test_a_person_undid_it() -> None:
    world = a_world(display_name="Company")
    world.edit("company", display_name="Empresa")
    capture(world)
    world.edit("company", display_name="Company")
    capture(world)
    assert told(world) == []
    world.sync()
    assert told(world) == []


def test_the_last_edit_is_told() -> None:
    world = a_world(display_name="Company")
    for name in ("Empresa", "Firma"):
        world.edit("company", display_name=name)
        world.sync()
    assert told(world) == [("company.display_name", "Firma", 1)]
    world.edit("company", display_name="First")
    capture(world)
    world.edit("company", display_name="Second")
    world.sync()
    assert told(world) == [("company.display_name", "Second", 1)]


def test_what_was_merged_or_corrected_is_none() -> None:
    for merged in ("Empresa", "Companhia"):
        world = a_world(display_name="Company")
        world.edit("company", display_name="Empresa")
        world.files["company"]["display_name"] = merged
        world.sync()
        assert told(world) == [], merged

"""The application beside us reads what we write without a rewrite of its own, and what it writes by
itself takes nothing from people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from fieldkeep.core.plan.edits import unsaved_edits
from fieldkeep.core.stored.verify import verify
from fieldkeep.model import Extracted, Present
from tests.core.build import (
    DOCUMENT_SCHEMA,
    KEYS,
    Memory,
    World,
    a_document,
    a_field,
    label,
    pool,
    read,
    rule,
    unread,
)
from tests.faults.application import Application, misfits


@dataclass
class Plain:
    """The store of a World, written without a check."""

    store: Memory

    def get(self, key: str) -> bytes | None:
        live = self.store.get(key)
        return live.value if isinstance(live, Present) else None

    def put(self, key: str, value: bytes) -> None:
        self.store.put(key, value)

    def delete(self, key: str) -> None:
        self.store.delete(key)


def beside(world: World, **more: Any) -> Application:
    return Application(Plain(world.store), KEYS.document, **more)


# --------------------------------------------------------------------------- what it reads

SOURCES = [
    (),
    (read("a-file", "company"),),
    (Extracted("a-server", {"site": "n"}, (pool("company"),), port=9090),),
    (unread("gone"),),
    (Extracted("static", {}, (pool(label("company", static=True)),)), unread("gone")),
    (Extracted("many", {}, (pool(label("company", rule("a"), rule("b"))),)),),
]


@pytest.mark.parametrize("readings", SOURCES)
def test_it_reads_what_we_write_and_rewrites_nothing(readings: tuple[Any, ...]) -> None:
    world = World(
        files={
            "company": {"type": "select", "options": ["a"], "category": ["basic", "device"]},
            "site": {"default": 10, "validation": {"max_length": 3, "regex": "^a"}},
            "vendor": {"options": [], "validation": {"message": ""}},
        },
        readings=readings,
    )
    world.sync()
    application = beside(world)
    assert application.open_page() == []
    assert application.writes == 0


def test_a_port_of_null_is_corrected_by_a_sync_and_by_a_restore() -> None:
    world = World(files={"company": {}}, readings=(unread("north"),))
    world.sync()
    earlier = world.document()
    earlier["extraction_status"]["server_status"][0] |= {
        "port": None,
        "external_labels": {"site": "n", "shard": 4},
    }
    world.store.put(KEYS.document, earlier)
    entry = {"fields_data": earlier, "backup_timestamp": "2026-01-01T00:00:00.000Z"}
    world.store.put(KEYS.history, [*world.history(), entry])
    assert len(misfits(earlier)) == 2
    world.sync()
    assert misfits(world.document()) == []

    world.edit("company", order=5)
    world.sync()
    world.restore(str(len(world.history()) - 1))
    assert misfits(world.document()) == []


def test_the_schema_says_that_a_port_is_an_integer() -> None:
    world = World(files={"company": {}}, readings=(read("north", "company"),))
    world.sync()
    document = world.document()
    (server,) = document["extraction_status"]["server_status"]
    assert server["port"] == 0
    server["port"] = None
    assert any("port" in misfit for misfit in DOCUMENT_SCHEMA.misfits(document))


# --------------------------------------------------------------------------- discovered_in


def test_what_no_person_sets_keeps_no_field_alive() -> None:
    world = World(files={"company": {}, "site": {}}, readings=(read("north", "company"),))
    world.sync()
    beside(world).patch("company", order=7)
    del world.files["site"]
    world.sync()
    assert world.names() == ["company"]
    assert world.live("company")["discovered_in"] == ["north"]


def test_what_no_person_sets_makes_no_backup_and_is_no_edit() -> None:
    world = World(files={"company": {}}, readings=(read("north", "company"),))
    world.sync()
    application = beside(world)
    application.patch("company", discovered_in=["north"])
    first, _ = world.sync()
    application.hosts = ("north", "south")
    application.patch("company")
    second, written = world.sync()
    assert (len(world.history()), written.steps) == (1, ())
    assert [drift.drift for drift in (*first.plan.drift, *second.plan.drift)] == []
    assert a_field("company") | {"discovered_in": ["north", "south"]} == {
        **world.live("company"),
        "source_label": "unknown",
        "regex": "",
        "replacement": "",
    }


def test_the_strict_readers_refuse_what_they_fail_at() -> None:
    document = a_document(a_field("a", order=None, required=1, category=["x", 2]), version=2)
    document["extraction_status"] = None
    assert misfits(document) == [
        "version is of type int",
        "extraction_status is of type NoneType",
        "fields[0].required is of type int",
        "fields[0].order is of type NoneType",
        "fields[0].category holds something else than texts",
    ]


# --------------------------------------------------------------------------- resets

CUSTOM = {
    "display_name": "Of a person",
    "field_type": "select",
    "options": ["a", "b"],
    "category": ["x", "y"],
}


def edited(**git: Any) -> World:
    """A world with an edit of a person, captured by a sync."""
    world = World(files={"company": git}, readings=(read("north", "company", "site"),))
    world.sync()
    world.edit("company", **CUSTOM)
    world.sync()
    return world


def test_what_it_resets_at_its_start_comes_back() -> None:
    world = edited()
    beside(world).restart()
    before = world.evaluate()
    assert unsaved_edits(before.stored, before.merged) == 0
    evaluation, _ = world.sync()
    assert {a: world.live("company")[a] for a in CUSTOM} == CUSTOM
    (drift,) = [d for d in evaluation.plan.drift if d.drift == "machine-reset"]
    assert (drift.field, drift.attributes, drift.pending) == (
        "company",
        ("field_type", "options"),
        True,
    )
    assert not [d for d in evaluation.plan.drift if d.drift in ("live-edited", "live-changed")]


@pytest.mark.parametrize("by", ["source", "meta"])
def test_either_sign_tells_a_machine(by: str) -> None:
    world = edited()
    document = world.document()
    document["fields"][0] |= {"field_type": "string", "options": None}
    if by == "source":
        world.store.put(KEYS.document, {**document, "source": "prewarm_startup_initial"})
    else:
        meta = {"auto_updated": True}
        world.store.put(KEYS.document, {"data": {**document, "source": "x"}, "meta": meta})
    world.sync()
    assert world.live("company")["field_type"] == "select"


def test_a_persons_choice_in_a_machines_document_stays() -> None:
    world = edited()
    application = beside(world)
    application.restart()
    application.patch("company", field_type="url", display_name="Later")
    before = world.evaluate()
    assert unsaved_edits(before.stored, before.merged) == 2
    world.sync()
    live = world.live("company")
    assert (live["field_type"], live["display_name"]) == ("url", "Later")
    assert live["options"] == ["a", "b"]

    application.restart()
    world.sync()
    assert world.live("company")["field_type"] == "url"


def test_a_reset_by_a_person_is_an_edit() -> None:
    world = edited()
    world.edit("company", field_type="string", options=None)
    world.sync()
    assert world.live("company")["field_type"] == "string"


def test_git_is_not_overruled_by_what_people_had_set_before() -> None:
    world = edited(type="number")
    beside(world).restart()
    evaluation, _ = world.sync()
    assert world.live("company")["field_type"] == "number"
    assert evaluation.plan.refusals == ()


def test_structure_and_top_level_keys_that_a_restart_lost_come_back() -> None:
    world = edited()
    document = world.document()
    document["team"] = {"note": 1}
    document["fields"][1]["source_label"] = "__meta_kept"
    world.store.put(KEYS.document, document)
    world.readings = (unread("north"),)
    world.sync()
    before = world.live("site")
    beside(world).restart()
    world.sync()
    assert world.document()["team"] == {"note": 1}
    assert world.live("site") == before


def test_twenty_restarts_lose_no_edit_of_people() -> None:
    world = World(
        files={"company": {"display_name": "A", "type": "number"}},
        readings=(read("north", "company", "site", "vendor"),),
    )
    world.sync()
    world.edit("company", display_name="overruled")
    world.sync()
    world.edit("site", **CUSTOM)
    world.sync()
    world.edit("vendor", field_type="boolean", placeholder="yes")
    world.sync()
    application = beside(world)
    for _ in range(20):
        application.restart()
        world.sync()
        assert world.live("company")["display_name"] == "A"
        assert {a: world.live("site")[a] for a in CUSTOM} == CUSTOM
        assert world.live("vendor")["field_type"] == "boolean"
        assert "overruled" in world.values_in_backups("company", "display_name")
    assert len(world.history()) <= 10
    assert [f.message for f in verify(*world.look()) if not f.note] == []

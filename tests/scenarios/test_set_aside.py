"""Foreign and damaged values: read as what they are, set aside before they go, and found again."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.core.stored.keys import keys
from fieldkeep.edges.store.sqlite import SQLiteStore
from fieldkeep.model import Limits, Live
from fieldkeep.operations.stored import read_store
from fieldkeep.settings.settings import Settings
from tests.scenarios.look import APPLICATION, GIT, check_seven
from tests.scenarios.world import SQLiteWorld, World, edited

MARK = b"\xef\xbb\xbf"


@pytest.fixture
def synced(world: World) -> World:
    world.project.field("company", GIT.yaml("company"))
    world.sync()
    return world


def listed(world: World) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(world.run("history", "--format", "json").out)[
        "set_aside"
    ]
    return entries


def aside(world: World) -> list[bytes]:
    """All values, newest first, as `history show` gives them out."""
    names = [f"aside:{entry['index']}" for entry in listed(world)]
    shown = [json.loads(world.run("history", "show", n, "--format", "json").out) for n in names]
    return [base64.b64decode(entry["base64"]) for entry in shown]


def test_a_foreign_value_on_a_new_key_is_refused_and_kept_when_it_is_taken_over(
    world: World,
) -> None:
    value = b'{"empresa": {"title": "x"}}'
    world.sync()
    world.wipe("", ".backup", ".backup.history", ".sync")
    world.plain.put(world.key, value)
    done = world.sync(code=3)
    assert "--take-over" in done.err
    assert world.plain.get(world.key) == value
    world.sync("--take-over")
    assert aside(world) == [value]
    world.in_sync()


def test_every_damaged_value_is_kept_listed_and_told(synced: World) -> None:
    world = synced
    one, two = b"\xff ONE", world.edit(edited(glpi_url=APPLICATION))[:-9]
    world.plain.put(world.key, one)
    assert "is kept under" in world.sync().err
    world.plain.put(world.key + ".sync", b"[]")
    world.sync()
    world.plain.put(world.key, two)
    world.sync()
    assert aside(world) == [two, b"[]", one]
    assert [entry["key"] for entry in listed(world)] == [
        world.key,
        world.key + ".sync",
        world.key,
    ]
    assert json.loads(world.run("status", "--format", "json").out)["set_aside"] == 3
    assert "3 values set aside" in world.run("status").out
    assert "3 values set aside" in world.run("doctor").out
    exported = json.loads(world.run("history", "export", "-").out)
    assert [entry["size"] for entry in exported["set_aside"]] == [len(two), 2, len(one)]
    raw = json.loads(world.run("history", "export", "-", "--format", "consul").out)
    assert {world.key + ".corrupt", world.key + ".sync.corrupt"} <= {e["key"] for e in raw}


@pytest.mark.parametrize("how", ["data only", "wrapped twice"])
def test_a_document_that_was_set_aside_is_adopted_and_restored(synced: World, how: str) -> None:
    world = synced
    document = json.loads(world.edit(edited(glpi_url=APPLICATION)))
    inner = {"data": document} | ({} if how == "data only" else {"meta": {}})
    world.plain.put(world.key, json.dumps({"data": inner, "meta": {}}).encode())
    world.sync()
    world.run("adopt", "glpi_url", "--from-aside", "0")
    assert APPLICATION.display_name in (world.project.root / "fields/glpi_url.yaml").read_text()
    world.project.no_field("glpi_url")
    world.run("restore", "--from-aside", "0", "--reason", "test", "--yes")
    check_seven(world.fields(), "glpi_url", APPLICATION)


def test_a_byte_order_mark_hides_no_edit(synced: World) -> None:
    world = synced
    edit = MARK + world.edit(edited(glpi_url=APPLICATION))
    world.plain.put(world.key, edit)
    world.run("status")
    file = world.project.root / "bom.json"
    file.write_bytes(edit)
    for command in (("adopt", "glpi_url"), ("restore",)):
        world.run(*command, "--dry-run", "--from-file", str(file))
    world.sync()
    assert json.loads(world.plain.get(world.key).removeprefix(MARK))  # type: ignore[union-attr]
    assert APPLICATION.display_name in str(world.backups()[0])


def test_equal_numbers_are_no_edit(world: World) -> None:
    world.project.field("company", "name: company\norder: 10\n")
    world.sync()
    text = world.plain.get(world.key) or b""
    world.plain.put(world.key, text.replace(b'"order":10,', b'"order":10.0,'))
    assert world.plain.get(world.key) != text
    assert world.run("status").out.startswith("in sync\n")
    world.in_sync()


def test_keys_of_its_own_called_data_and_meta_hide_no_edit(synced: World) -> None:
    world = synced
    value = json.loads(world.edit(edited(glpi_url=APPLICATION)))
    world.plain.put(world.key, json.dumps({**value, "data": {}, "meta": {}}).encode())
    assert "would take it for a wrapper" in world.run("status", code=2).out
    world.sync()
    check_seven(world.fields(), "glpi_url", APPLICATION)
    assert not {"data", "meta"} & world.value().keys()
    world.in_sync()


@pytest.mark.parametrize("command", ["release", "hold --until 1h --reason x --replace"])
def test_what_is_no_hold_of_ours_is_kept_before_it_goes(synced: World, command: str) -> None:
    world = synced
    world.plain.put(world.key + ".hold", b"until further notice")
    world.application(edited(company=APPLICATION))  # so that there is something to write
    world.sync(code=3)
    assert "is kept under" in world.run(*command.split()).err
    assert aside(world) == [b"until further notice"]


def test_a_newer_record_blocks_writing_and_nothing_else(synced: World) -> None:
    world = synced
    value = {**world.value(".sync"), "schema_version": 2, "tool_version": "9.0.0"}
    world.plain.put(world.key + ".sync", json.dumps(value).encode())
    before = world.state()
    for command in ("status", "list", "history", "get company", "plan", "history verify"):
        world.run(*command.split())
    assert json.loads(world.run("history", "export", "-").out)["record"] == value
    world.application(edited(glpi_url=APPLICATION))
    before = world.state()
    for command in ("sync --allow-rollback --take-over", "capture", "restore 0 --yes --reason x"):
        assert "9.0.0" in world.run(*command.split(), code=3).err
    assert world.state() == before


@dataclass
class Damaging(SQLiteStore):
    """A store in which somebody damages another key after each round of reads."""

    file: SQLiteWorld
    ends: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        path = self.file.project.root / ".fieldkeep/store.db"
        super().__init__(path, "sqlite:///.fieldkeep/store.db", Limits())

    def get(self, key: str) -> Live:
        live = super().get(key)
        if key == self.file.key and self.ends:  # the document is read last
            self.file.plain.put(self.file.key + self.ends.pop(0), b"damaged")
        return live


def test_keys_that_are_damaged_between_two_reads_are_read_with_what_was_set_aside(
    project: Any, tmp_path: Path
) -> None:
    world = SQLiteWorld(project, "a/fields")
    world.sync()
    world.plain.put(world.key, b"damaged")
    store = Damaging(world, [".sync", ".backup"])
    settings = Settings(root=tmp_path, key="a/fields")
    snapshot, _ = read_store(store, settings)
    own = keys("a/fields")
    assert {own.aside(key) for key in (own.document, own.record, own.backup)} <= (
        snapshot.values.keys()
    )

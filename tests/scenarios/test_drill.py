"""Drill: the recovery is rehearsed before it is needed, and tells what would not come back."""

from __future__ import annotations

import json
from typing import Any

from tests.real.proxy import Gate
from tests.scenarios.look import APPLICATION, GIT
from tests.scenarios.world import ConsulWorld, World, edited


def _drill(world: World, *arguments: str, code: int = 0, url: str = "") -> dict[str, Any]:
    """What each way back brought, by its name; nothing of it may change the store."""
    before = _values(world)
    done = world.run("drill", "--format", "json", *arguments, code=code, url=url)
    assert _values(world) == before
    return {rehearsal["route"]: rehearsal for rehearsal in json.loads(done.out)["rehearsals"]}


def _values(world: World) -> dict[str, bytes | None]:
    return {key: world.plain.get(key) for key in world.plain.keys(world.key)}


def test_an_edit_comes_back_once_it_is_captured_and_from_git_once_it_is_adopted(
    world: World,
) -> None:
    world.project.field("company", GIT.yaml("company"))
    world.project.commit("first")
    world.sync()
    ways = _drill(world)
    assert [way["came_back"] for way in ways.values()] == [True] * 3
    assert {way["fields"] for way in ways.values()} == {25}

    world.application(edited(glpi_url=APPLICATION))
    from_git, erased, *backups = _drill(world, code=2).values()
    for way, command in ((from_git, "adopt"), (erased, "capture")):
        assert [loss["field"] for loss in way["losses"]] == ["glpi_url"]
        assert "display_name" in way["losses"][0]["attributes"]
        assert f"`fieldkeep {command}" in way["hint"]
    assert all(way["came_back"] for way in backups)

    world.run("capture")
    from_git, erased, *backups = _drill(world, "--on-store", code=2).values()
    assert from_git["losses"]
    assert erased["came_back"]
    assert len(backups) == len(world.backups())
    assert all(way["came_back"] for way in backups)

    world.run("adopt", "glpi_url")
    assert all(way["came_back"] for way in _drill(world).values())


def test_what_git_has_changed_since_is_no_loss(world: World) -> None:
    world.sync()
    world.project.field("company", GIT.yaml("company"))
    assert all(way["came_back"] for way in _drill(world).values())


def test_a_backup_that_somebody_edited_is_named(world: World) -> None:
    world.sync()
    world.application(edited(glpi_url=APPLICATION))
    world.sync()
    history = world.value(".backup.history")
    history[1]["checksum"] = "sha256:" + "0" * 64
    world.plain.put(world.key + ".backup.history", json.dumps(history).encode())
    ways = _drill(world, code=2)
    assert "checksum" in ways["backup 1"]["reason"]
    done = world.run("drill", code=2)
    assert "backup 1: failed: it is damaged: its checksum does not match" in done.out
    assert "glpi_url: " in done.out


def test_a_source_that_cannot_be_read_ends_the_drill(world: World) -> None:
    world.sync()
    (world.project.root / "prometheus" / "south.yml").unlink()
    assert "not read" in world.run("drill", code=4).err


def test_without_anything_to_compare_with_there_is_no_drill(world: World) -> None:
    assert "no document and no backup" in world.run("drill", code=1).err


def test_the_three_scenarios_hold_on_a_real_store(served: ConsulWorld) -> None:
    with Gate(served.consul.address) as gate:
        ways = _drill(served, "--scenarios", "--on-store", url=gate.url)
        answers = [seen.status for seen in gate.seen if seen.method == "PUT"]
    assert 409 in answers  # the edit did come between the reads of a sync and its write
    assert len(ways) == 3
    assert all(way["came_back"] for way in ways.values())
    assert served.plain.keys(served.key) == []

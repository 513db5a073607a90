"""Hold: somebody asks that nothing be applied for a while, and takes it back."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.look import APPLICATION, GIT, GIT_LATER, check_seven
from tests.scenarios.world import ConsulWorld, Project, World, edited


@pytest.fixture
def held(world: World) -> World:
    world.project.field("company", GIT.yaml("company"))
    world.sync()
    done = world.run("hold", "--until", "4h", "--reason", "the big move")
    assert world.url in done.out
    assert world.key in done.out
    world.project.field("company", GIT_LATER.yaml("company"))
    return world


def test_a_hold_is_seen_everywhere_and_stops_a_sync_until_it_is_released(held: World) -> None:
    before = held.state()
    assert "by scenario: the big move" in held.sync(code=3).err
    assert "on hold until" in held.run("status", code=2).out
    assert json.loads(held.run("status", "--format", "json", code=2).out)["hold"]["by"] is None
    assert "the big move" in held.run("history").out
    hold = json.loads(held.run("history", "--format", "json").out)["hold"]
    assert (hold["reason"], hold["actor"]) == ("the big move", "scenario")
    assert "[hold] (allowed by --override-hold)" in held.run("plan").out
    refusals = json.loads(held.run("plan", "--format", "json").out)["refusals"]
    assert [refusal["guard"] for refusal in refusals] == ["hold"]
    assert "the big move" in held.run("restore", "0", "--reason", "back", code=3).err
    assert held.state() == before

    done = held.run("release")
    assert "the big move" in done.out
    assert held.url in done.out
    assert held.plain.get(held.key + ".hold") is None
    held.sync()
    held.check_keys()
    check_seven(held.fields(), "company", GIT_LATER)


def test_a_sync_may_override_it_and_it_stays_on(held: World) -> None:
    done = held.sync("--override-hold")
    assert "the big move" in done.out
    check_seven(held.fields(), "company", GIT_LATER)
    assert held.value(".hold")["reason"] == "the big move"


def test_it_ends_by_itself_and_release_clears_what_is_left(world: World) -> None:
    world.sync()
    over = {"until": "2001-01-01T00:00:00Z", "reason": "long ago", "actor": "bob"}
    world.plain.put(world.key + ".hold", json.dumps(over).encode())
    world.in_sync()
    assert "hold" not in world.run("status").out
    assert "no hold is on" in world.run("release").out
    world.check_keys()


def test_somebody_elses_hold_is_replaced_only_when_asked(world: World) -> None:
    world.sync()
    theirs = {"until": "2099-01-01T00:00:00Z", "reason": "theirs", "actor": "bob"}
    world.plain.put(world.key + ".hold", json.dumps(theirs).encode())
    before = world.state()
    mine = ("hold", "--until", "90m", "--reason", "mine")
    assert "bob: theirs" in world.run(*mine, code=3).err
    assert world.state() == before
    world.run(*mine, "--replace")
    world.run("hold", "--until", "2d", "--reason", "mine, longer")
    assert world.value(".hold")["reason"] == "mine, longer"


def test_a_hold_before_anything_was_applied(world: World) -> None:
    world.run("hold", "--until", "1d", "--reason", "not yet")
    world.sync(code=3)
    assert world.plain.keys(world.key) == [world.key + ".hold"]


def test_release_makes_no_store(project: Project, world: World) -> None:
    assert "no hold is on" in world.run("release").out
    assert world.plain.keys(world.key) == []
    assert not (project.root / ".fieldkeep").exists()


def test_a_hold_that_is_set_while_a_sync_is_about_to_write_stops_it(served: ConsulWorld) -> None:
    from tests.real.proxy import Gate

    world = served
    world.sync()
    world.application(edited(company=APPLICATION))
    with Gate(world.consul.address) as gate:
        stopped = gate.hold("PUT", "/v1/txn")
        process = world.start("sync", url=gate.url)
        stopped.wait_held()
        world.run("hold", "--until", "1h", "--reason", "just now")
        stopped.release()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert "just now" in err
    check_seven(world.fields(), "company", APPLICATION)

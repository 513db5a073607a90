"""Watching: every edit is captured as it is made, and what git says is put back."""

from __future__ import annotations

import json
import shutil
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from fieldkeep.core.watch.machine import Heal
from fieldkeep.operations.passes import Following
from tests.real.forked import Started
from tests.real.proxy import NO_LEADER, Gate
from tests.real.servers import wait_until
from tests.scenarios.look import APPLICATION, GIT, check_seven
from tests.scenarios.watching import Guard
from tests.scenarios.world import ConsulWorld, World, edited, environment


@pytest.fixture
def applied(world: World) -> World:
    """Committed and applied, with a field that git says all of."""
    world.project.field("company", GIT.yaml("company"))
    world.project.commit("first")
    world.sync()
    return world


def test_a_day_of_a_watcher(applied: World, tmp_path: Path) -> None:
    world, copies = applied, tmp_path / "copies"
    common = ["--store", world.url, "--key", world.key]
    line = ["watch", *common, "--heal", "--backup-dir", str(copies)]
    with Started(line, world.project.root, environment()) as watch:
        wait_until(lambda: "git: read at " in watch.err, "it knows git")

        world.application(edited(company=APPLICATION, glpi_url=APPLICATION))
        wait_until(lambda: world.fields()["company"]["display_name"] == GIT.display_name, "healed")
        check_seven(world.fields(), "company", GIT)
        check_seven(world.fields(), "glpi_url", APPLICATION)  # git is silent there
        check_seven({"company": world.backed_up("company")[1]}, "company", APPLICATION)

        world.wipe("")
        wait_until(lambda: world.plain.get(world.key) is not None, "the key is back")
        check_seven(world.fields(), "glpi_url", APPLICATION)

        world.plain.put(world.key, b"no document at all")
        wait_until(lambda: (world.plain.get(world.key) or b"")[:1] == b"{", "a document again")
        check_seven(world.fields(), "glpi_url", APPLICATION)
        assert b"no document at all" not in (world.plain.get(world.key) or b"")

        assert watch.terminate() == 0
        assert watch.err.splitlines()[-1].endswith(" stopped")
        assert "put back: company" in watch.err
        assert watch.err.count(" restored: ") == 2
        assert "Traceback" not in watch.err
    world.run("history", "verify")
    world.in_sync()
    states = [json.loads(path.read_text("utf-8")) for path in sorted(copies.iterdir())]
    names = [{f["name"]: f for f in state["fields"]}["company"]["display_name"] for state in states]
    assert {APPLICATION.display_name, GIT.display_name} <= set(names)


def test_without_heal_nothing_is_put_back(served: ConsulWorld) -> None:
    served.project.field("company", GIT.yaml("company"))
    served.sync()
    guard = Guard(served, Heal.NOTHING)
    guard.settle()
    served.application(edited(company=APPLICATION))
    guard.settle()
    check_seven({"company": served.backed_up("company")[0]}, "company", APPLICATION)
    check_seven(served.fields(), "company", APPLICATION)
    assert guard.watcher.status.drift["live-edited"] == 1
    served.wipe("")
    guard.settle()
    assert served.plain.get(served.key) is None
    assert guard.watcher.status.captures == 1


def test_heal_missing_reports_an_edit_and_puts_an_erased_key_back(served: ConsulWorld) -> None:
    served.project.field("company", GIT.yaml("company"))
    served.sync()
    guard = Guard(served, Heal.MISSING)
    guard.settle()
    served.application(edited(company=APPLICATION))
    guard.settle()
    check_seven(served.fields(), "company", APPLICATION)
    assert guard.watcher.status.drift["live-edited"] == 1
    served.wipe("", ".backup")
    guard.settle()
    assert served.plain.get(served.key) is not None
    assert served.plain.get(served.key + ".backup") is not None
    assert guard.watcher.status.restores == 1


def test_a_document_that_vanishes_with_its_backups_comes_back_as_it_was_seen(
    served: ConsulWorld,
) -> None:
    served.project.field("company", GIT.yaml("company"))
    served.project.commit("first")
    served.sync()
    guard = Guard(served)
    guard.settle()
    served.application(edited(glpi_url=APPLICATION))
    guard.settle()
    assert guard.watcher.status.captures == 1
    states = len(served.value(".backup.history"))
    for _ in range(2):
        wipe_all(served)
        guard.settle()
        check_seven(served.fields(), "glpi_url", APPLICATION)
        check_seven(served.fields(), "company", GIT)
        assert guard.said[-1].startswith("restored: ")
        assert guard.said[-1].endswith(" from what the watcher saw last")
    assert len(served.value(".backup.history")) >= states
    served.run("history", "verify")
    served.in_sync()


def wipe_all(world: ConsulWorld) -> None:
    """As `consul kv delete -recurse` does."""
    url = f"http://{world.consul.address}/v1/kv/{world.key}?recurse"
    with urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=10):
        pass
    assert not world.plain.keys(world.key)


def test_a_hold_stops_healing_and_no_capture(served: ConsulWorld) -> None:
    served.project.field("company", GIT.yaml("company"))
    served.sync()
    served.run("hold", "--until", "1h", "--reason", "the big move")
    guard = Guard(served)
    guard.settle()
    served.application(edited(company=APPLICATION))
    guard.settle()
    check_seven(served.fields(), "company", APPLICATION)
    check_seven({"company": served.backed_up("company")[0]}, "company", APPLICATION)
    refusals = [line for line in guard.said if "not put back" in line]
    assert len(refusals) == 1
    assert "the big move" in refusals[0]
    served.wipe("")
    guard.later(11)
    guard.later(11)
    assert served.plain.get(served.key) is None
    assert len([line for line in guard.said if "not put back" in line]) == 1
    problems = [*guard.watcher.status.problems()]
    assert [p for p in problems if "the document is gone" in p and "the big move" in p]
    served.run("release")
    guard.later(11)  # a look at the other keys
    assert not list(guard.watcher.status.problems())
    check_seven(served.fields(), "company", GIT)
    assert guard.watcher.status.refusal is None


def test_it_heals_to_the_applied_commit_and_applies_a_newer_one_only_if_told(
    served: ConsulWorld, tmp_path: Path
) -> None:
    world = served
    world.project.field("company", GIT.yaml("company"))
    first = world.project.commit("first")
    world.sync()
    origin = tmp_path / "origin.git"
    world.project.git("clone", "--quiet", "--bare", ".", str(origin))
    world.project.git("remote", "add", "origin", str(origin))
    world.project.git("fetch", "--quiet", "origin")

    careful = Guard(world, following=Following("origin/main", fetch=True))
    careful.settle()
    elsewhere = tmp_path / "elsewhere"
    world.project.git("clone", "--quiet", str(origin), str(elsewhere))
    later = replace(GIT, display_name="Second")
    (elsewhere / "fields" / "company.yaml").write_text(later.yaml("company"), "utf-8")
    git = ("-c", "user.name=Test", "-c", "user.email=t@example.org", "-C", str(elsewhere))
    world.project.git(*git, "commit", "--quiet", "--all", "--message", "second")
    world.project.git(*git, "push", "--quiet", "origin", "main")

    careful.later(400)
    assert any("is newer, and is not applied" in line for line in careful.said)
    world.application(edited(company=APPLICATION))
    careful.settle()
    check_seven(world.fields(), "company", GIT)
    assert world.value(".sync")["commit"] == first

    bold = Guard(world, following=Following("origin/main", fetch=True, apply_new=True))
    bold.settle()
    check_seven(world.fields(), "company", later)
    second = world.project.git("rev-parse", "origin/main")
    assert world.value(".sync")["commit"] == second != first

    # the first one now heals to what the other one has applied
    careful.later(11)
    world.wipe("")
    careful.settle()
    check_seven(world.fields(), "company", later)
    assert world.value(".sync")["commit"] == second


def test_without_its_commit_it_captures_and_says_so(served: ConsulWorld, tmp_path: Path) -> None:
    world = served
    world.project.commit("first")
    shutil.copytree(world.project.root, tmp_path / "old")
    world.project.field("company", GIT.yaml("company"))
    world.project.commit("second")
    world.sync()
    shutil.rmtree(world.project.root)
    shutil.copytree(tmp_path / "old", world.project.root)  # a clone that lacks the second commit
    guard = Guard(world)
    guard.settle()
    assert any("is not in this clone" in line for line in guard.said)
    world.application(edited(glpi_url=APPLICATION))
    guard.settle()
    check_seven({"glpi_url": world.backed_up("glpi_url")[0]}, "glpi_url", APPLICATION)
    assert list(guard.watcher.status.problems())

    world.wipe("")
    guard.settle()
    check_seven(world.fields(), "company", GIT)
    check_seven(world.fields(), "glpi_url", APPLICATION)
    assert any("alone: what git says is not known" in line for line in guard.said)
    assert guard.watcher.status.restores == 1

    wipe_all(world)
    guard.settle()
    check_seven(world.fields(), "company", GIT)
    check_seven(world.fields(), "glpi_url", APPLICATION)
    assert "from what the watcher saw last alone: what git says is not known" in guard.said[-1]

    wipe_all(world)
    stranger = Guard(world)  # which has seen nothing, and has nothing to put back
    stranger.settle()
    for _ in range(3):
        stranger.later(400)  # another pass over git
    assert len([line for line in stranger.said if "not put back" in line]) == 1
    gone = "the document is gone, and is not put back: there is no document and no backup"
    assert any(gone in problem for problem in stranger.watcher.status.problems())


def test_two_watchers_do_no_harm(served: ConsulWorld) -> None:
    served.project.field("company", GIT.yaml("company"))
    served.sync()
    one, two = Guard(served, actor="one"), Guard(served, actor="two")
    for guard in (one, two, one):
        guard.settle()
    before = served.state()
    for guard in (one, two, one):
        guard.later(400)
    assert served.state() == before
    served.application(edited(company=APPLICATION))
    two.settle()
    after = served.state()
    for guard in (one, two, one):
        guard.later(400)
    assert served.state() == after
    check_seven(served.fields(), "company", GIT)


def test_who_keeps_changing_things_back_is_named_and_not_fought(served: ConsulWorld) -> None:
    served.project.field("company", GIT.yaml("company"))
    served.sync()
    guard = Guard(served)
    guard.settle()
    for _ in range(8):
        document = json.loads(served.edit(edited(company=APPLICATION)))
        served.plain.put(served.key, json.dumps({**document, "source": "portal"}).encode())
        guard.later(20)
    alarms = [line for line in guard.said if line.startswith("alarm: ")]
    assert len(alarms) == 1
    assert "a program that calls itself 'portal' has changed company back 5 times" in alarms[0]
    assert guard.watcher.status.heals == 5
    live = {field["name"]: field for field in served.value()["fields"]}
    check_seven(live, "company", APPLICATION)
    kept = {f["name"]: f for f in served.value(".backup")["fields_data"]["fields"]}
    check_seven(kept, "company", APPLICATION)
    assert any("portal" in problem for problem in guard.watcher.status.problems())

    served.wipe("")  # a missing document is no contest
    guard.settle()
    check_seven(served.fields(), "company", GIT)


def test_a_store_that_is_away_is_told_once_and_caught_up_with(
    served: ConsulWorld,
) -> None:
    served.project.field("company", GIT.yaml("company"))
    served.sync()
    with Gate(served.consul.address) as gate:
        guard = Guard(served, url=gate.url)
        guard.settle()
        gate.answer("GET", "/v1/kv/", NO_LEADER)
        for _ in range(6):
            guard.turn()
        served.application(edited(company=APPLICATION))
        assert [p for p in guard.watcher.status.problems() if "the store does not answer" in p]
        assert guard.stop.rested > 0
        gate.clear()
        guard.settle()
    check_seven(served.fields(), "company", GIT)
    assert not list(guard.watcher.status.problems())
    assert len([line for line in guard.said if "does not answer" in line]) == 1

"""Each page of docs/runbook.md: the accident happens, the page is typed word by word."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.real.parts import ROOT
from tests.real.proxy import NO_LEADER, Gate
from tests.scenarios.look import APPLICATION, GIT, GIT_LATER, check_seven
from tests.scenarios.world import ConsulWorld, edited

PAGE = (ROOT / "docs" / "runbook.md").read_text("utf-8")
PAGES = dict(re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def commands(title: str) -> list[list[str]]:
    (block,) = re.findall(r"```console\n(.*?)```", PAGES[title], re.DOTALL)
    return [shlex.split(line.removeprefix("$ ")) for line in block.splitlines()]


def follow(
    world: ConsulWorld,
    title: str,
    names: Mapping[str, str] | None = None,
    codes: Mapping[str, int] | None = None,
) -> None:
    """Type what the page says; ``codes`` are the exit codes that it announces other than 0."""
    for program, *words in commands(title):
        given = [(names or {}).get(word, word) for word in words]
        if program == "git":
            world.project.git(*given)
        else:
            assert program == "fieldkeep"
            world.run(*given, code=(codes or {}).get(given[0], 0))


@pytest.fixture
def world(served: ConsulWorld) -> ConsulWorld:
    """A team whose git says one field, and whose application says another."""
    served.project.field("company", GIT.yaml("company"))
    served.project.commit("first")
    served.sync()
    served.application(edited(glpi_url=APPLICATION))
    served.run("capture")
    return served


def both_are_there(world: ConsulWorld) -> None:
    check_seven(world.fields(), "company", GIT)
    check_seven(world.fields(), "glpi_url", APPLICATION)
    world.in_sync()


def test_no_page_is_left_out() -> None:
    tests = {name.removeprefix("test_").replace("_", " ") for name in globals()}
    assert {title.lower() for title in PAGES} <= tests


def test_erased_key(world: ConsulWorld) -> None:
    world.wipe("")
    follow(world, "Erased key")
    both_are_there(world)


def test_erased_everything(world: ConsulWorld, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    world.run("history", "export", str(saved))
    world.wipe("", ".backup", ".backup.history", ".sync")
    follow(world, "Erased everything", {"FILE": str(saved)})
    both_are_there(world)


def test_bad_merge(world: ConsulWorld) -> None:
    world.project.field("company", GIT_LATER.yaml("company"))
    world.project.commit("a mistake")
    world.sync("--allow-breaking")
    follow(world, "Bad merge")
    both_are_there(world)


def test_lost_edit(world: ConsulWorld) -> None:
    world.application(edited(company=APPLICATION))
    world.run("capture")
    world.sync()
    check_seven(world.fields(), "company", GIT)
    follow(world, "Lost edit")
    assert world.fields()["company"]["display_name"] == APPLICATION.display_name
    world.project.commit("keep it")
    world.sync()
    assert world.fields()["company"]["display_name"] == APPLICATION.display_name


def test_no_leader(world: ConsulWorld) -> None:
    with Gate(world.consul.address) as gate:
        gate.answer("GET", "/v1/kv/", NO_LEADER)
        assert "No cluster leader" in world.run("sync", code=4, url=gate.url).err
    follow(world, "No leader")
    rescued = json.loads((world.project.root / "rescue.json").read_text("utf-8"))
    assert {field["name"] for field in rescued["document"]["fields"]} == world.fields().keys()


def test_stolen_key(world: ConsulWorld) -> None:
    record = {**world.value(".sync"), "owner": "git.example.com/somebody/else"}
    world.plain.put(world.key + ".sync", json.dumps(record).encode())
    assert "--take-over" in world.sync(code=3).err
    follow(world, "Stolen key", codes={"capture": 3})
    both_are_there(world)


def test_stuck_hold(world: ConsulWorld) -> None:
    world.run("hold", "--until", "4h", "--reason", "the big move")
    world.project.field("company", GIT_LATER.yaml("company"))
    world.sync(code=3)
    follow(world, "Stuck hold", codes={"status": 2})
    check_seven(world.fields(), "company", GIT_LATER)
    check_seven(world.fields(), "glpi_url", APPLICATION)

"""The application beside us, as it really writes: see tests/faults/application.py."""

from __future__ import annotations

import json

from tests.faults.application import Application
from tests.scenarios.look import APPLICATION, GIT, check_seven
from tests.scenarios.world import World

CUSTOM = {"field_type": "select", "options": ["a", "b"], "display_name": "Of a person"}


def beside(world: World) -> Application:
    return Application(world.plain, world.key)


def test_it_reads_what_we_write_without_a_rewrite(world: World) -> None:
    world.sync()
    application = beside(world)
    assert application.open_page() == []
    assert application.writes == 0
    world.in_sync()


def test_an_edit_survives_the_start_up_job(world: World) -> None:
    world.sync()
    application = beside(world)
    application.patch("glpi_url", **APPLICATION.attributes)
    world.run("capture")
    application.restart()
    world.sync()
    check_seven(world.fields(), "glpi_url", APPLICATION)


def test_an_erased_key_is_read_and_the_customization_is_back(world: World) -> None:
    world.sync()
    application = beside(world)
    application.patch("glpi_url", **APPLICATION.attributes)
    world.run("capture")
    world.wipe("")
    application.force_extract()
    application.read()
    world.sync()
    check_seven(world.fields(), "glpi_url", APPLICATION)


def test_twenty_restarts_lose_no_edit_of_people(world: World) -> None:
    world.project.field("company", GIT.yaml("company"))
    world.sync("--allow-breaking")
    application = beside(world)
    application.patch("company", display_name="overruled")
    application.patch("glpi_url", **CUSTOM)
    world.sync()
    check_seven(world.fields(), "company", GIT)
    for _ in range(20):
        application.restart()
        world.sync()
        live = world.fields()["glpi_url"]
        assert {name: live[name] for name in CUSTOM} == CUSTOM
    check_seven(world.fields(), "company", GIT)
    told = json.loads(world.run("history", "company", "--format", "json").out)["attributes"]
    (names,) = [attribute["values"] for attribute in told if attribute["name"] == "display_name"]
    assert "overruled" in [value["value"] for value in names]
    world.run("history", "verify")
    world.in_sync()

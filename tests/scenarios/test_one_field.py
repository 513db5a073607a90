"""One field at a time: what became of it, and back into the store or into git."""

from __future__ import annotations

import json
import re

from tests.scenarios.look import APPLICATION, GIT_LATER, check_seven
from tests.scenarios.world import World, edited


def overruled(world: World) -> str:
    """A world in which git has overruled an edit of a field; the number of the backup with it."""
    world.project.field("company", GIT_LATER.yaml("company") + "enabled: true\n")
    world.sync("--allow-breaking")
    world.application(edited(company=APPLICATION))
    world.sync("--allow-breaking")
    check_seven(world.fields(), "company", GIT_LATER)
    names = [field["display_name"] for field in world.backed_up("company")]
    return str(names.index(APPLICATION.display_name))


def test_a_field_is_looked_up_and_put_back(world: World) -> None:
    number = overruled(world)
    told = json.loads(world.run("history", "company", "--format", "json").out)
    (names,) = [a["values"] for a in told["attributes"] if a["name"] == "display_name"]
    values = [(value["value"], value["set_by"]) for value in names]
    assert values[:2] == [
        (GIT_LATER.display_name, "git"),
        (APPLICATION.display_name, "application"),
    ]
    assert names[1]["backup"] == int(number)
    text = world.run("history", "field", "company").out
    assert APPLICATION.display_name in text

    explained = world.run("get", "company", "--explain").out
    assert f"backup {number}" in explained

    site = world.fields()["site"]
    before = world.state()
    preview = world.run("restore", number, "company", "display_name", "--dry-run").out
    assert "display_name" in preview
    assert "field_type" not in preview
    assert world.state() == before
    named = world.run("restore", "company", "display_name", "--dry-run").out
    assert _without_times(named) == _without_times(preview)
    assert "every backup" in world.run("restore", "site", "display_name", code=1).err
    world.run("restore", "company", "no_such_thing", code=1)
    world.run("restore", number, "company", "display_name", "--reason", "back", "--yes")
    live = world.fields()
    assert live["company"]["display_name"] == APPLICATION.display_name
    assert live["company"]["field_type"] == GIT_LATER.type
    assert live["site"] == site
    assert world.run("history", "compny", code=1).err.count("company") == 1


def test_a_field_of_a_backup_goes_into_git(world: World) -> None:
    number = overruled(world)
    before = world.state()
    world.run("adopt", "--from", number, code=64)
    world.run("adopt", "company", "--from", number, "--allow-changes")
    assert world.state() == before
    world.sync("--allow-breaking")
    check_seven(world.fields(), "company", APPLICATION)


def test_a_change_around_the_fields_is_shown_and_put_back(world: World) -> None:
    world.sync()
    for color in ("red", "blue"):
        world.plain.put(world.key, json.dumps({**world.value(), "team": color}).encode())
        world.sync()
    assert "team" in world.run("history", "diff", "1").out
    changed = json.loads(world.run("history", "diff", "1", "--format", "json").out)["document"]
    assert changed == [{"name": "team", "old": "red", "new": "blue"}]
    world.run("restore", "1", "--reason", "back", "--yes")
    assert world.value()["team"] == "red"


def _without_times(preview: str) -> str:
    """A hold ends some hours from now."""
    return re.sub(r"until \S+", "until", preview)

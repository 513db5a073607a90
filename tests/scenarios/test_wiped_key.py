"""Wiped key: somebody deletes, empties or garbles the document, or all we have written.

From the backup comes back everything that any sync has seen, edits made in the application
too; from git alone everything that git says.
"""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any

import pytest

from fieldkeep.core.stored.set_aside import decode
from tests.core.build import present
from tests.scenarios.look import APPLICATION, GIT, check_seven, default
from tests.scenarios.world import Project, SQLiteWorld, World, edited

GARBLED = b'{"version": "2.0.0", "fields": [{"na'
WIPED: dict[str, bytes | None] = {
    "deleted": None,
    "zero bytes": b"",
    "null": b"null",
    "no fields": b'{"version": "2.0.0", "fields": []}',
    "garbled": GARBLED,
    "no object": b'"lost"',
    "no text": b"\xff\xfe\x00",
}
CORRUPT = {"garbled", "no object", "no text"}


def customize(world: World) -> None:
    """A document with git's customizations and with some that were only ever made in the
    application, seen by a sync."""
    silent(world)
    world.sync()
    world.application(edited(glpi_url=APPLICATION, model=APPLICATION))
    world.sync()
    everything_is_back(world)


def silent(world: World) -> None:
    world.project.field("company", GIT.yaml("company"))
    world.project.field("model", "name: model\norder: 20\n")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> SQLiteWorld:
    """Customized once, by the commands; each test then begins with a copy."""
    folder = tmp_path_factory.mktemp("customized")
    world = SQLiteWorld(Project(folder / "project"), "skills/template/metadata/fields")
    customize(world)
    return world


@pytest.fixture
def customized(world: World, template: SQLiteWorld) -> World:
    silent(world)
    world.take_over(template)
    return world


def everything_is_back(world: World) -> None:
    fields = world.fields()
    check_seven(fields, "company", GIT)
    check_seven(fields, "model", APPLICATION)
    check_seven(fields, "glpi_url", APPLICATION)
    world.backups()


def set_aside(world: World, end: str = "") -> list[bytes]:
    live = present(world.plain.get(f"{world.key}{end}.corrupt") or b"")
    return [entry.value() for entry in decode(world.key + end, live)]


def get_works(world: World, *names: str) -> None:
    """Reading shows the customizations, says where from, and writes nothing."""
    before = world.state()
    looks = {"company": GIT, "model": APPLICATION, "glpi_url": APPLICATION}
    for name in names or ("glpi_url",):
        done = world.run("get", name, "--format", "json")
        check_seven({name: json.loads(done.out)}, name, looks[name])
        assert "using the backup of " in done.err
    assert world.state() == before


def each(*cases: Any, both: Container[Any]) -> pytest.MarkDecorator:
    """Every case on SQLite, the main ones on Consul too: what a value means, no store decides."""
    params = [("sqlite", case) for case in cases]
    params += [("consul", case) for case in cases if case in both]
    ids = [f"{kind}-{_name(case)}" for kind, case in params]
    return pytest.mark.parametrize(("world", "how"), params, indirect=["world"], ids=ids)


def _name(case: Any) -> str:
    parts = case if isinstance(case, tuple) else (case,)
    return " ".join(part or "key" for part in parts)


@each(*WIPED, both=("deleted", "zero bytes", "garbled"))
def test_wiped_key(customized: World, how: str) -> None:
    world, value = customized, WIPED[how]
    if value is None:
        world.wipe("")
    else:
        world.plain.put(world.key, value)
    get_works(world)

    done = world.sync()
    assert "restored from the backup of " in done.err
    everything_is_back(world)
    if how in CORRUPT:
        assert set_aside(world) == [value]
        assert f"kept under {world.key}.corrupt" in done.err
    else:
        world.check_keys()
    world.in_sync()


@pytest.mark.parametrize("how", ["deleted", "garbled"])
def test_wiped_key_and_a_restart(lasting: World, how: str) -> None:
    """The server goes down between each of the steps."""
    world, value = lasting, WIPED[how]
    customize(world)
    if value is None:
        world.wipe("")
    else:
        world.plain.put(world.key, value)
    world.restarted()
    get_works(world, "company", "model", "glpi_url")
    world.run("status", code=2)
    world.sync()
    world.restarted()
    everything_is_back(world)
    assert set_aside(world) == ([value] if value else [])
    world.in_sync()


SOME = [
    ("", ".backup"),
    ("", ".backup.history"),
    ("", ".sync"),
    ("", ".backup", ".sync"),
    ("", ".backup.history", ".sync"),
]


@each(*SOME, both=SOME)
def test_wiped_key_with_some_of_our_own(customized: World, how: tuple[str, ...]) -> None:
    """One backup anywhere is enough."""
    world = customized
    world.wipe(*how)
    get_works(world)
    world.sync()
    everything_is_back(world)
    world.check_keys()
    world.in_sync()


def test_wiped_key_with_all_its_backups(lasting: World) -> None:
    """Nothing is left: git gives back everything that it knows, and says nothing of the rest."""
    world = lasting
    customize(world)
    world.wipe("", ".backup", ".backup.history", ".sync")
    assert world.plain.keys(world.key) == []
    done = world.sync()
    assert "no backup either, starting from git" in done.err

    def git_is_back() -> None:
        fields = world.fields()
        check_seven(fields, "company", GIT)
        for name in ("model", "glpi_url"):  # only ever customized in the application
            check_seven(fields, name, default(name))
        world.check_keys()

    git_is_back()
    assert len(world.backups()) == 1
    world.in_sync()
    if world.restarted():
        git_is_back()
        world.in_sync()


BOOKKEEPING = [
    (end, how) for end in (".backup", ".backup.history", ".sync") for how in ("deleted", "garbled")
]


@each(*BOOKKEEPING, both=[(".backup", "garbled"), (".sync", "deleted")])
def test_wiped_bookkeeping(customized: World, how: tuple[str, str]) -> None:
    """The document is whole: it stays as it is, and our own keys are made again."""
    world, end, value = customized, how[0], WIPED[how[1]]
    before = world.fields()
    if value is None:
        world.wipe(end)
    else:
        world.plain.put(world.key + end, value)
    world.sync()
    everything_is_back(world)
    assert world.fields() == before
    assert world.value(".sync")["schema_version"] == 1
    if how[1] in CORRUPT:
        assert set_aside(world, end) == [value]


def test_a_wiped_key_that_the_application_made_again_with_its_defaults(
    customized: World,
) -> None:
    """It found nothing, and wrote a document of its own: that is no statement about the rest."""
    world = customized
    fresh = world.edit(
        edited(company=default("company"), model=default("model"), glpi_url=default("glpi_url"))
    )
    world.wipe("")
    world.plain.put(world.key, fresh)
    world.sync()
    everything_is_back(world)
    world.in_sync()

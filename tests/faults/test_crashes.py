"""A sync cut off at every write, whatever happens before the next one: nothing is lost, what was
taken out of git stays out, and the next sync finishes the work."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.errors import FieldkeepError, Unavailable
from tests.core.build import BULK, a_document, a_field
from tests.edges.plain import PlainSQLite
from tests.faults.conftest import amount
from tests.faults.room import OURS, Cut, Files, Killed, Room

LABELS = ("company", "model", "site", "vendor")
FIRST: Files = {
    "company": {"display_name": "git 1", "description": "git took this out", "category": "basic"},
    "site": {"display_name": "git site"},
}
CRASHED: Files = {
    "company": {"display_name": "git 2", "category": "basic"},
    "site": {"display_name": "git site", "description": "git 2 only"},
    "rack": {"display_name": "git 2 rack"},
}
LATER: Files = {
    "company": {"display_name": "git 3", "category": "basic"},
    "site": {"display_name": "git site"},
}
COMMITS = {"the same commit": ("2", CRASHED), "another commit": ("3", LATER)}
STEPS = {"ordered": 5, "atomic": 1}
CUTS = ("before", "after", "answer lost, then silence")
WIPED = {f"wiped {end or 'document'}": end for end in OURS}
BETWEEN = ("nothing", "a UI edit", *WIPED)
DEFAULT = ""


# --------------------------------------------------------------------------- before the crash


def usual(room: Room) -> None:
    """Edits that a sync has seen, and fresh ones."""
    room.sync(FIRST, LABELS, commit="1")
    room.edit("vendor", display_name="ui vendor", notes=BULK)
    room.edit("company", placeholder="ui placeholder")
    room.sync(FIRST, LABELS, commit="1")
    room.edit("site", placeholder="ui fresh")
    room.edit("company", category="ui category")


def recreated(room: Room) -> None:
    """The application made the document anew, with its defaults."""
    usual(room)
    room.sync(FIRST, LABELS, commit="1")
    room.delete("")
    room.put("", a_document(*map(a_field, LABELS), notes=BULK))


def missing(room: Room) -> None:
    usual(room)
    room.sync(FIRST, LABELS, commit="1")
    room.delete("")


def foreign(room: Room) -> None:
    """The first sync ever, onto what another program wrote."""
    fields = [a_field(name, placeholder="ui placeholder", notes=BULK) for name in LABELS]
    room.plain.put(room.key, b"")  # makes SQLite's file
    room.put("", a_document(*fields))


BEGINNINGS: dict[str, Callable[[Room], None]] = {
    "usual": usual,
    "recreated": recreated,
    "missing": missing,
}
SILENT = {  # what git never speaks of, and must be live at the end
    "vendor": {"display_name": "ui vendor"},
    "company": {"placeholder": "ui placeholder"},
    "site": {"placeholder": "ui fresh"},
}


# --------------------------------------------------------------------------- the scenarios


@pytest.fixture(params=["sqlite", "consul"])
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    (tmp_path / "pyproject.toml").write_text("[tool.fieldkeep]\n", "utf-8")
    if request.param == "sqlite":
        yield Room(PlainSQLite(tmp_path / "store.db"), "sqlite:///store.db", tmp_path)
    else:
        consul = request.getfixturevalue("consul_agent")
        yield Room(consul, consul.url, tmp_path)


def begin(room: Room, beginning: str, path: str) -> None:
    room.transaction = 1 << 30
    BEGINNINGS[beginning](room)
    if path == "ordered":
        room.transaction = 6000


def crash(room: Room, at: int, how: str, files: Files = CRASHED, commit: str = "2") -> Cut:
    cut = Cut(room.store(), at, how)
    with suppress(Killed):
        with pytest.raises(Unavailable, match="unknown whether applied"):
            room.sync(files, LABELS, commit=commit, cut=cut)
    return cut


def check_the_next_sync(room: Room, commit: str, files: Files) -> None:
    """Everything that must hold whatever came before."""
    live, kept = room.live_values(), room.kept_values()
    pending = "pending" in (room.value(".sync") or {})
    room.sync(files, LABELS, commit=commit)
    if pending:
        assert [line for line in room.said if "cut off" in line], room.said
    after = room.live_values() | room.kept_values()
    assert not live - after, "it replaced what it had not kept"
    edits = {value for value in kept if value[2].startswith('"ui')}
    assert not edits - after, "it threw an edit out of the history"
    for name, attributes in files.items():
        for attribute, value in attributes.items():
            assert room.live()[name][attribute] == value
    assert "pending" not in room.value(".sync")
    assert room.value(".sync")["commit"] == commit
    serials = [entry["serial"] for entry in room.entries()[:-1]]
    assert serials == sorted(set(serials), reverse=True)
    before = room.state()
    assert not room.sync(files, LABELS, commit=commit).applied
    assert room.state() == before


def check_git(room: Room, files: Files) -> None:
    """What a commit took out is out."""
    live = room.live()
    assert live["company"]["description"] == DEFAULT
    if files is LATER:
        assert live["site"]["description"] == DEFAULT
        assert "rack" not in live


def meddle(room: Room, between: str) -> None:
    if between == "a UI edit":
        room.edit("model", placeholder="ui later")
    elif between in WIPED:
        room.delete(WIPED[between])


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize(("path", "at"), [(p, n + 1) for p, count in STEPS.items() for n in range(count)])
@pytest.mark.parametrize("how", CUTS)
def test_cut_off_at_every_write(room: Room, beginning: str, path: str, at: int, how: str) -> None:
    for between in BETWEEN:
        for commit, files in COMMITS.values():
            begin(room, beginning, path)
            cut = crash(room, at, how)
            assert cut.commits == at
            fresh = "site" not in room.live() or not captured(room)
            meddle(room, between)
            check_the_next_sync(room, commit, files)
            where = f"{beginning}, {path}, {how} {at}, {between}, then {commit}"
            for name, attributes in SILENT.items():
                for attribute, value in attributes.items():
                    if value == "ui fresh" and between == "wiped document" and fresh:
                        continue  # it was never seen by any write
                    if beginning == "recreated" and between == "wiped .sync":
                        assert (name, attribute, f'"{value}"') in room.kept_values(), where
                        continue  # nobody can know any more that it was recreated
                    assert room.live()[name][attribute] == value, where
            if between == "a UI edit" and "model" in room.live():
                found = room.live_values() | room.kept_values()
                assert beginning == "missing" or ("model", "placeholder", '"ui later"') in found
            check_git(room, files)
            assert room.live()["model"]["placeholder"] in ("", "ui later"), where
            for end in OURS:
                room.delete(end)


def captured(room: Room) -> bool:
    return ("site", "placeholder", '"ui fresh"') in room.kept_values()

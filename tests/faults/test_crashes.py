"""A sync cut off at every write, whatever happens before the next one: nothing is lost, what was
taken out of git stays out, and the next sync finishes the work."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from fieldkeep.errors import Unavailable
from tests.core.build import BULK, a_document, a_field
from tests.edges.store.plain import PlainSQLite
from tests.faults.conftest import amount
from tests.faults.room import OURS, Cut, Files, Killed, Room, Value

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
WRITES = [("atomic", 1), *(("ordered", write) for write in range(1, 6))]
CUTS = ("before", "after", "answer lost, then silence")
WIPED = {f"wiped {end or 'document'}": end for end in OURS}
BETWEEN = ("nothing", "a UI edit", *WIPED)


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
    room.sync(FIRST, LABELS)  # makes SQLite's file
    room.empty()
    room.put("", a_document(*fields))


def edited(room: Room) -> None:
    """Nothing to do but to keep an edit."""
    usual(room)
    room.sync(FIRST, LABELS, commit="1")
    room.edit("site", placeholder="ui newest")


BEGINNINGS: dict[str, Callable[[Room], None]] = {
    "usual": usual,
    "recreated": recreated,
    "missing": missing,
    "foreign": foreign,
    "edited": edited,
}
CHANGED = tuple(BEGINNINGS)[:-1]
# what git never speaks of, and must be live at the end
SILENT = {"vendor": ("display_name", "ui vendor"), "company": ("placeholder", "ui placeholder")}
FRESH = ("site", ("placeholder", "ui fresh"))  # seen by no sync before the one that is cut off


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
    """A sync that is cut off at its nth write, if it has as many."""
    cut = Cut(room.store(), at, how)
    try:
        room.sync(files, LABELS, commit=commit, cut=cut)
    except Killed:
        pass
    except Unavailable as error:
        if "unknown whether applied" not in str(error):
            raise
    else:
        assert cut.commits < at
    return cut


def crash_without_loss(
    room: Room, at: int, how: str, files: Files = CRASHED, commit: str = "2"
) -> Cut:
    live, edits = room.live_values(), by_people(room.kept_values())
    cut = crash(room, at, how, files, commit)
    after = room.live_values() | room.kept_values()
    assert not live - after, "the crash lost what was live"
    assert not edits - after, "the crash lost an edit out of the history"
    return cut


def check_the_next_sync(room: Room, commit: str, files: Files) -> None:
    """Everything that must hold whatever came before."""
    live, edits = room.live_values(), by_people(room.kept_values())
    pending = "pending" in (room.value(".sync") or {})
    room.sync(files, LABELS, commit=commit)
    if pending:
        assert [line for line in room.said if "was interrupted" in line], room.said
    after = room.live_values() | room.kept_values()
    assert not live - after, "it replaced what it had not kept"
    assert not edits - after, "it threw an edit out of the history"
    check_the_end(room, commit, files)


def check_the_end(room: Room, commit: str, files: Files) -> None:
    for name, attributes in files.items():
        for attribute, value in attributes.items():
            assert room.live()[name][attribute] == value
    assert "pending" not in room.value(".sync")
    assert room.value(".sync")["commit"] == commit
    serials = [entry["serial"] for entry in room.entries()[:-1]]
    assert serials == sorted(set(serials), reverse=True)
    before = room.state()
    assert not room.sync(files, LABELS, commit=commit).applied, "it does not come to rest"
    assert room.state() == before
    assert room.verified() == []


def by_people(found: set[Value]) -> set[Value]:
    return {value for value in found if value[2].startswith('"ui')}


def check_what_git_took_out(room: Room, files: Files) -> None:
    live = room.live()
    assert live["company"]["description"] == ""
    if files is LATER:
        assert live["site"]["description"] == ""
        assert "rack" not in live


def meddle(room: Room, between: str) -> None:
    if between == "a UI edit":
        room.edit("model", placeholder="ui later")
    elif between in WIPED:
        room.delete(WIPED[between])


CASES = tuple(product(BETWEEN, COMMITS.values()))


@pytest.mark.parametrize("beginning", CHANGED)
@pytest.mark.parametrize(("path", "at"), WRITES)
@pytest.mark.parametrize("how", CUTS)
def test_cut_off_at_every_write(
    room: Room, beginning: str, path: str, at: int, how: str, chance: random.Random
) -> None:
    for between, (commit, files) in chance.sample(CASES, amount(1, len(CASES))):
        begin(room, beginning, path)
        cut = crash_without_loss(room, at, how)
        assert cut.commits == at
        seen = ("site", "placeholder", '"ui fresh"') in room.kept_values()
        meddle(room, between)
        edited = ("model", "placeholder", '"ui later"') in room.live_values()
        check_the_next_sync(room, commit, files)
        where = f"{beginning}, {path}, {how} {at}, {between}, then {commit}"
        live, found = room.live(), room.live_values() | room.kept_values()
        for name, (attribute, value) in must_be_live(beginning, between, seen):
            assert live[name][attribute] == value, where
        assert not edited or ("model", "placeholder", '"ui later"') in found, where
        check_what_git_took_out(room, files)
        room.empty()


@pytest.mark.parametrize(("path", "at"), WRITES[:-1])
@pytest.mark.parametrize("how", CUTS)
def test_cut_off_at_every_write_that_only_keeps_an_edit(
    room: Room, path: str, at: int, how: str, chance: random.Random
) -> None:
    """The document is not written: it is the same before and after."""
    cases = tuple(product(BETWEEN, [("2", FIRST), *COMMITS.values()]))
    for between, (commit, files) in chance.sample(cases, amount(2, len(cases))):
        begin(room, "edited", path)
        before = room.state()[""]
        cut = crash_without_loss(room, at, how, FIRST, "2")
        assert (cut.commits, room.state()[""]) == (at, before)
        meddle(room, between)
        check_the_next_sync(room, commit, files)
        room.empty()


def must_be_live(beginning: str, between: str, seen: bool) -> list[tuple[str, tuple[str, str]]]:
    if beginning == "foreign":
        return []
    if beginning == "recreated" and between == "wiped .sync":
        return []  # nobody can know any more that it was recreated: the history has it all
    wiped_unseen = between == "wiped document" and beginning == "usual" and not seen
    return [*SILENT.items(), *([] if wiped_unseen else [FRESH])]


@pytest.mark.parametrize("path", ["atomic", "ordered"])
@pytest.mark.parametrize("beginning", CHANGED)
def test_one_crash_after_the_other(
    room: Room, beginning: str, path: str, chance: random.Random
) -> None:
    """Crashes of different commits in a row, edits in between, and one end."""
    for _ in range(amount(4, 20)):
        begin(room, beginning, path)
        done: list[object] = []
        for number in range(chance.randint(2, 4)):
            commit, files = chance.choice([*COMMITS.values(), ("1", FIRST)])
            how, at = chance.choice(CUTS), chance.randint(1, 5 if path == "ordered" else 1)
            done.append((commit, how, at))
            crash_without_loss(room, at, how, files, commit)
            if chance.random() < 0.4:
                done.append("edit")
                room.edit("model", placeholder=f"ui {number}")
        commit, files = chance.choice([*COMMITS.values()])
        try:
            check_the_next_sync(room, commit, files)
            check_what_git_took_out(room, files)
            if beginning != "foreign":
                for name, (attribute, value) in (*SILENT.items(), FRESH):
                    assert room.live()[name][attribute] == value
        except AssertionError as error:
            raise AssertionError(f"{done}, then {commit}") from error
        room.empty()


@pytest.mark.parametrize("beginning", ["usual", "recreated", "missing"])
@pytest.mark.parametrize(("path", "at"), WRITES)
@pytest.mark.parametrize("how", ["meanwhile", "overtaken"])
def test_another_sync_takes_over_while_one_is_under_way(
    room: Room, beginning: str, path: str, at: int, how: str
) -> None:
    """The other one runs from its first read to its end between two writes of ours."""
    begin(room, beginning, path)
    live, edits = room.live_values(), by_people(room.kept_values())
    cut = Cut(room.store(), at, how)

    def other() -> None:
        room.sync(LATER, LABELS, commit="3", actor="bob")

    cut.meanwhile = other
    room.sync(CRASHED, LABELS, commit="2", cut=cut)
    after = room.live_values() | room.kept_values()
    assert not (live | edits) - after
    check_the_next_sync(room, "3", LATER)
    check_what_git_took_out(room, LATER)
    for name, (attribute, value) in (*SILENT.items(), FRESH):
        assert room.live()[name][attribute] == value


@pytest.mark.parametrize(("path", "at"), WRITES)
@pytest.mark.parametrize("how", ["answer lost", "never arrived"])
def test_an_answer_that_never_came_is_looked_for_and_the_sync_goes_on(
    room: Room, path: str, at: int, how: str
) -> None:
    begin(room, "usual", path)
    edits = by_people(room.live_values() | room.kept_values())
    cut = Cut(room.store(), at, how)
    room.sync(CRASHED, LABELS, commit="2", cut=cut)
    writes = 5 if path == "ordered" else 1
    # what never arrived is begun anew; of the last of several, only that one is left to do
    again = 0 if how == "answer lost" else at if at == 1 or at < writes else 1
    assert cut.commits == writes + again
    assert not edits - room.live_values() - room.kept_values()
    check_the_end(room, "2", CRASHED)


@pytest.mark.parametrize("at", range(1, 6))
def test_retries_do_not_push_real_history_out(room: Room, at: int) -> None:
    room.depth = 5
    begin(room, "usual", "atomic")
    for number in range(6):
        room.edit("model", placeholder=f"ui {number}")
        room.sync(FIRST, LABELS, commit="1")
    kept = [entry["serial"] for entry in room.entries()[:-1]]
    room.edit("model", placeholder="ui last")
    room.transaction = 6000
    for number in range(7):
        # what reached the document is history: there, the same commit again and again
        commit = (LATER, "3") if number % 3 == 0 and at < 4 else (CRASHED, "2")
        crash(room, at, CUTS[number % 2], *commit)
    room.sync(CRASHED, LABELS, commit="2")
    check_the_end(room, "2", CRASHED)
    serials = [entry["serial"] for entry in room.entries()[:-1]]
    assert len(serials) == room.depth
    pushed = len(set(kept) - set(serials))
    assert pushed == 2, "what it replaced and what it left, however often it was tried"

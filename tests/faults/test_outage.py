"""A store that stops answering in the middle of several writes: exit 4 that says how far it came,
nothing lost, and the next sync ends the work. (Before the first write: tests/cases/consul.)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkeep.errors import Unavailable
from tests.core.build import BULK
from tests.faults.room import Files, Room
from tests.real import proxy
from tests.real.proxy import Answer, Gate
from tests.real.servers import ConsulServer

LABELS = ("company", "site")
BEFORE: Files = {"company": {"display_name": "git 1", "description": "taken out later"}}
AFTER: Files = {"company": {"display_name": "git 2"}}
WRITES = 5
REFUSED = (proxy.FORBIDDEN, proxy.REDIRECT)
LOST = (
    proxy.NO_LEADER,
    proxy.BAD_GATEWAY,
    proxy.GARBAGE,
    proxy.HANG_UP,
    proxy.CUT_SHORT,
    proxy.TOO_MANY,
)


@pytest.fixture
def room(
    gate: Gate, consul_agent: ConsulServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Room]:
    monkeypatch.setattr("fieldkeep.operations.attempts._LONGEST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("fieldkeep.edges.http.PAUSE_SECONDS", 0.001)
    (tmp_path / "pyproject.toml").write_text("[tool.fieldkeep]\n", "utf-8")
    room = Room(consul_agent, gate.url, tmp_path)
    room.sync(BEFORE, LABELS, commit="1")
    room.edit("site", placeholder="ui 1", notes=BULK)
    room.transaction = 6000
    yield room
    gate.clear()


def check_the_end(room: Room, gate: Gate, live: set[tuple[str, str, str]]) -> None:
    gate.clear()
    assert not live - room.live_values() - room.kept_values()
    room.sync(AFTER, LABELS, commit="2")
    assert not live - room.live_values() - room.kept_values()
    assert room.live()["company"]["display_name"] == "git 2"
    assert room.live()["company"]["description"] == ""
    assert room.live()["site"]["placeholder"] == "ui 1"
    assert "pending" not in room.value(".sync")
    assert not room.sync(AFTER, LABELS, commit="2").applied
    assert room.verified() == []


@pytest.mark.parametrize("answer", REFUSED, ids=lambda answer: str(answer.status))
@pytest.mark.parametrize("made", range(WRITES))
def test_a_write_that_is_refused_after_others(
    room: Room, gate: Gate, made: int, answer: Answer
) -> None:
    live, before = room.live_values(), room.state()
    gate.answer("PUT", "/v1/", proxy.PASS, times=made)
    gate.answer("PUT", "/v1/", answer)
    with pytest.raises(Unavailable) as caught:
        room.sync(AFTER, LABELS, commit="2")
    assert (f"{made} of {WRITES} writes were made" in str(caught.value)) == (made > 0)
    assert caught.value.hint
    if made == 0:
        assert room.state() == before
    check_the_end(room, gate, live)


@pytest.mark.parametrize("answer", LOST)
@pytest.mark.parametrize("made", range(WRITES))
def test_a_write_without_an_answer_after_others(
    room: Room, gate: Gate, made: int, answer: Answer
) -> None:
    live = room.live_values()
    gate.answer("PUT", "/v1/", proxy.PASS, times=made)
    gate.answer("PUT", "/v1/", answer)
    if answer.forward:  # each of them arrived, and is found
        room.sync(AFTER, LABELS, commit="2")
    else:
        with pytest.raises(Unavailable):
            room.sync(AFTER, LABELS, commit="2")
    check_the_end(room, gate, live)


@pytest.mark.parametrize("made", range(WRITES))
def test_a_store_that_falls_silent_after_a_write(room: Room, gate: Gate, made: int) -> None:
    live = room.live_values()
    gate.answer("PUT", "/v1/", proxy.PASS, times=made)
    gate.answer("PUT", "/v1/", proxy.LOST, times=1)
    gate.answer("PUT", "/v1/", proxy.HANG_UP)
    keys = 5  # of the look that the sync begins with
    gate.answer("GET", f"/v1/kv/{room.key}", proxy.PASS, times=keys + 1)
    gate.answer("GET", f"/v1/kv/{room.key}", proxy.NO_LEADER)
    with pytest.raises(Unavailable) as caught:
        room.sync(AFTER, LABELS, commit="2")
    words = str(caught.value)
    assert "unknown whether applied" in words or "writes were made" in words or "read back" in words
    check_the_end(room, gate, live)

"""A proxy that repeats, truncates, delays, drips and forgets: what a command says of the store is
what a consistent read shows once the last request has arrived."""

from __future__ import annotations

import contextlib
import io
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldkeep import __main__ as program
from tests.faults import team
from tests.faults.actors import Ended
from tests.faults.conftest import amount
from tests.faults.room import Room
from tests.real import proxy
from tests.real.proxy import Answer, Gate
from tests.real.servers import ConsulServer
from tests.scenarios.world import Project

ROUNDS, LABELS = amount(12, 200), 4
FAULTS = {
    "repeated": proxy.REPEATED,
    "truncated": proxy.CUT_SHORT,
    "late": Answer(forward=True, wait=0.1),
    "too late": Answer(forward=True, wait=0.6),  # the client has given up, and it arrives
    "slow": Answer(forward=True, drip=0.005),
    "too slow": Answer(forward=True, drip=0.2),
    "forgotten": proxy.LOST,
    "without a leader": proxy.NO_LEADER,
}


class Repository(Project):
    def __init__(self, root: Path) -> None:
        self.root = root


class Arena:
    def __init__(self, folder: Path, consul: ConsulServer, gate: Gate, chance: random.Random):
        self.gate, self.chance, self.folder = gate, chance, folder
        self.repository = Repository(folder)
        self.room = Room(consul, consul.url, folder)
        self.counts = Counter[str]()
        self.round = 0
        self.arguments = ["-C", str(folder), "--key", self.room.key, "--store"]

    def run(self, *arguments: str, store: str | None = None) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = program.run([*self.arguments, store or self.gate.url, *arguments])
        return Ended(code, out.getvalue(), err.getvalue())

    def clean(self, *arguments: str, code: int = 0) -> Ended:
        """The same past the proxy."""
        ended = self.run(*arguments, store=self.room.url)
        assert ended.code == code, ended
        return ended

    def disturb(self) -> str:
        """One to three faults among the next requests."""
        names = []
        for _ in range(self.chance.randint(1, 3)):
            name, method = (
                self.chance.choice(sorted(FAULTS)),
                self.chance.choice(["GET", "PUT", "PUT"]),
            )
            before = self.chance.randint(0, 6 if method == "GET" else 2)
            if before:
                self.gate.answer(method, "/v1/", proxy.PASS, times=before)
            self.gate.answer(method, "/v1/", FAULTS[name], times=1)
            self.counts[f"a {method} {name}"] += 1
            names.append(f"{before} then {method} {name}")
        return ", ".join(names)

    def calm(self) -> None:
        """Until everything that is under way has arrived."""
        self.gate.clear()
        deadline = time.monotonic() + 30
        tick = threading.Event()
        while len(self.gate.seen) != len(self.gate.came):
            assert time.monotonic() < deadline
            tick.wait(0.01)


def applied(arena: Arena) -> bool:
    """Whether what git says now is live."""
    return bool(arena.room.live()[team.name(0)]["placeholder"] == f"git {arena.round}")


def sync(arena: Arena) -> Ended:
    ended = arena.run("sync")
    arena.calm()
    if ended.code == 0:
        assert applied(arena)
        assert "in sync: nothing to write" not in ended.out, "it wrote, and does not say so"
    check_words(ended, applied(arena))
    return ended


def sync_plan(arena: Arena) -> Ended:
    plan = arena.folder.parent / "plan.json"
    arena.gate.clear()
    assert arena.run("plan", "--out", str(plan)).code == 0  # bound to this address
    arena.disturb()
    ended = arena.run("sync", "--plan", str(plan))
    arena.calm()
    assert ended.code != 0 or applied(arena)
    check_words(ended, applied(arena))
    return ended


def restore(arena: Arena) -> Ended:
    ended = arena.run("restore", "1", "--reason", f"back {arena.round}", "--yes")
    arena.calm()
    newest = arena.room.value(".backup.history")[0]
    back = newest["reason"] == f"back {arena.round}"
    assert ended.code != 0 or back
    check_words(ended, back)
    return ended


def hold(arena: Arena) -> Ended:
    reason = f"round {arena.round}"
    ended = arena.run("hold", "--until", "1h", "--reason", reason)
    arena.calm()
    held = arena.room.value(".hold")
    is_on = held is not None and held["reason"] == reason
    assert ended.code != 0 or is_on
    check_words(ended, is_on)
    return ended


def release(arena: Arena) -> Ended:
    arena.clean("hold", "--until", "1h", "--reason", "to be released")
    ended = arena.run("release")
    arena.calm()
    gone = arena.room.value(".hold") is None
    assert ended.code != 0 or gone
    check_words(ended, gone)
    return ended


COMMANDS: dict[str, Callable[[Arena], Ended]] = {
    "sync": sync,
    "restore": restore,
    "hold": hold,
    "release": release,
    "sync --plan": sync_plan,
}


def check_words(ended: Ended, done: bool) -> None:
    """A failure that says that nothing happened is right; "yet" leaves it open."""
    assert ended.code in {0, 4, 5}, ended
    assert "Traceback" not in ended.err
    if ended.code and any(f"nothing was {how}" in ended.err for how in ("written", "restored")):
        assert not done, ended.err
    if "somebody" in ended.err and ended.code == 5:
        pytest.fail(f"nobody else writes here: {ended.err}")


@pytest.mark.parametrize("path", ["atomic", "ordered"])
def test_what_a_command_says_is_what_a_consistent_read_shows(
    path: str,
    tmp_path: Path,
    consul_agent: ConsulServer,
    gate: Gate,
    chance: random.Random,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Any,
) -> None:
    for name, value in {
        "edges.store.consul_http.READ_SECONDS": 0.4,
        "edges.store.consul_http.WHOLE_SECONDS": 0.8,
        "edges.http.PAUSE_SECONDS": 0.01,
        "operations.attempts._LONGEST_PAUSE_SECONDS": 0.05,
    }.items():
        monkeypatch.setattr(f"fieldkeep.{name}", value)
    monkeypatch.setenv("FIELDKEEP_ACTOR", "ada")
    more = {"max_transaction_bytes": 9000} if path == "ordered" else {}
    folder = team.project(tmp_path / "team", LABELS, {"owner": "us", "history": 20, **more})
    arena = Arena(folder, consul_agent, gate, chance)
    for placeholder in ("before", "git 0"):
        team.write(folder, 0, placeholder=placeholder)
        arena.repository.commit(placeholder)
        arena.clean("sync")
    for number in range(1, ROUNDS // 2 + 1):
        play(arena, number)
    for what, count in sorted(arena.counts.items()):
        record_property(what, count)
        print(f"{path}: {what}: {count}")


def play(arena: Arena, number: int) -> None:
    arena.round = number
    team.write(arena.folder, 0, placeholder=f"git {number}")
    arena.repository.commit(f"git {number}")
    arena.room.edit(team.name(1), placeholder=f"ui {number}")
    live = arena.room.live_values()
    name = sorted(COMMANDS)[number % len(COMMANDS)]
    faults = arena.disturb()
    try:
        ended = COMMANDS[name](arena)
        arena.counts[f"{name}: exit {ended.code}"] += 1
        arena.calm()
        arena.clean("release")
        assert not live - arena.room.live_values() - arena.room.kept_values(), "lost"
        arena.clean("sync")
        assert applied(arena)
        edit = arena.room.live()[team.name(1)]["placeholder"]
        assert name == "restore" or edit == f"ui {number}"
        assert "pending" not in arena.room.value(".sync")
        arena.clean("plan", "--exit-code")
        assert arena.room.verified() == []
    except AssertionError as error:
        raise AssertionError(f"round {number}, {name}, {faults}: {error}") from error

"""SIGKILL, and a wire that is cut: at any moment of a sync that has something to write."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.faults import team
from tests.faults.actors import command, processes
from tests.faults.conftest import amount
from tests.faults.room import Room
from tests.real import proxy
from tests.real.parts import ROOT
from tests.real.proxy import Gate
from tests.real.servers import ConsulServer

KILLS = amount(6, 125)  # of each of four kinds of store and path
LABELS = 5
PATIENCE = 60
SCHEMA = Draft202012Validator(json.loads((ROOT / "schema" / "document.schema.json").read_text()))


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with processes(1) as opened:
        yield opened


class Arena:
    """One document, to which each round brings an edit and a change in git."""

    def __init__(self, room: Room, folder: Path, gate: Gate | None, chance: random.Random) -> None:
        self.room, self.folder, self.gate, self.chance = room, folder, gate, chance
        self.variables = {
            "FIELDKEEP_STORE": gate.url if gate else room.url,
            "FIELDKEEP_KEY": room.key,
        }
        self.seconds = 0.05  # from the store's first answer to the end of a sync
        self.rounds = 0
        self.counts = Counter[str]()

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "fieldkeep", "sync"],
            cwd=self.folder,
            env={**_environment(), **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def something_to_write(self) -> None:
        self.rounds += 1
        team.write(self.folder, 0, placeholder=f"git {self.rounds}")
        self.room.edit(team.name(1), placeholder=f"ui {self.rounds}")

    def check(self, live: set[Any], pool: ProcessPoolExecutor) -> None:
        """What was live is there, the next sync ends the work, and the one after has none."""
        room = self.room
        assert not live - room.live_values() - room.kept_values(), "lost by the kill"
        began = "pending" in room.value(".sync")
        done = pool.submit(command, ["-C", str(self.folder), "sync"], self.variables).result(
            PATIENCE
        )
        assert done.code == 0, done.err
        assert not began or "was interrupted" in done.err
        assert not live - room.live_values() - room.kept_values(), "lost by the next sync"
        fields = room.live()
        assert fields[team.name(0)]["placeholder"] == f"git {self.rounds}"
        assert fields[team.name(1)]["placeholder"] == f"ui {self.rounds}"
        assert "pending" not in room.value(".sync")
        again = pool.submit(command, ["-C", str(self.folder), "sync"], self.variables).result(
            PATIENCE
        )
        assert "in sync: nothing to write" in again.out
        assert room.verified() == []

    @contextmanager
    def reader(self) -> Iterator[None]:
        """A consumer that polls all the while: every document that it sees is whole and valid."""
        ended, wrong, seen = threading.Event(), list[str](), dict[bytes, bool]()
        room = Room(self.room.plain, self.room.url, self.folder, key=self.room.key)

        def poll() -> None:
            while not ended.wait(0.004):
                content = room.plain.get(room.key)
                if content is None:
                    wrong.append("the document was gone")
                elif content not in seen:
                    seen[content] = True
                    wrong.extend(error.message for error in SCHEMA.iter_errors(json.loads(content)))

        thread = threading.Thread(target=poll)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
        assert wrong == []
        self.counts["documents that the reader saw"] = len(seen)


def _environment() -> dict[str, str]:
    import os

    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "FIELDKEEP_ACTOR": "ada"}


@pytest.mark.parametrize("path", ["atomic", "ordered"])
@pytest.mark.parametrize("kind", ["sqlite", "consul"])
def test_killed_at_any_moment(
    kind: str,
    path: str,
    tmp_path: Path,
    pool: ProcessPoolExecutor,
    chance: random.Random,
    request: pytest.FixtureRequest,
    record_property: Any,
) -> None:
    more = {"max_transaction_bytes": 9000} if path == "ordered" else {}
    folder = team.project(tmp_path / "team", LABELS, {"owner": "us", "history": 20, **more})
    from tests.edges.store.plain import PlainSQLite

    if kind == "sqlite":
        plain = PlainSQLite(folder / "store.db")
        arena = Arena(Room(plain, "sqlite:///store.db", folder), folder, None, chance)
        counts = _play(arena, pool, _kill_sqlite)
    else:
        consul: ConsulServer = request.getfixturevalue("consul_agent")
        with Gate(consul.address) as gate:
            arena = Arena(Room(consul, consul.url, folder), folder, gate, chance)
            counts = _play(arena, pool, _kill_consul)
    for what, count in sorted(counts.items()):
        record_property(what, count)
        print(f"{kind}, {path}: {what}: {count}")
    for when in ("before the first write", "between a write and its answer", "after a write"):
        assert counts[when] >= amount(1, 13), counts


def _play(arena: Arena, pool: ProcessPoolExecutor, kill: Any) -> Counter[str]:
    began = time.monotonic()
    first = arena.start()
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    arena.seconds = (time.monotonic() - began) / 3
    with arena.reader():
        for number in range(KILLS):
            arena.something_to_write()
            live = arena.room.live_values()
            arena.counts[kill(arena, number)] += 1
            arena.check(live, pool)
    return arena.counts


def _kill_sqlite(arena: Arena, number: int) -> str:
    """At a random moment after the first read, as it says that it writes, or once it has begun."""
    before = arena.room.plain.get(arena.room.key + ".sync")
    process = arena.start()
    assert process.stderr is not None
    wanted, said = ("write: ", "write: ", "read: ")[number % 3], ""
    for line in process.stderr:
        said += line
        if line.startswith(wanted):
            break
    match number % 3:
        case 0:
            threading.Event().wait(arena.chance.uniform(0, 0.002))
        case 1:
            _until(lambda: arena.room.plain.get(arena.room.key + ".sync") != before, process)
        case _:
            longest = (0.001, arena.seconds)[number // 3 % 2]
            threading.Event().wait(arena.chance.uniform(0, longest))
    process.kill()
    said += process.communicate(timeout=PATIENCE)[1]
    if "write: " not in said:
        return "before the first write"
    return (
        "after a write"
        if arena.room.plain.get(arena.room.key + ".sync") != before
        else "between a write and its answer"
    )


def _kill_consul(arena: Arena, number: int) -> str:
    gate, key, chance = arena.gate, arena.room.key, arena.chance
    assert gate is not None
    gate.clear()
    came, seen = len(gate.came), len(gate.seen)
    process = None
    match number % 6:
        case 0:  # any moment after the first answer
            process = arena.start()
            _until(lambda: len(gate.seen) > seen, process)
            threading.Event().wait(chance.uniform(0, arena.seconds))
            process.kill()
        case 1:  # before anything is written
            held = gate.hold("GET", f"/v1/kv/{key}?")
            process = arena.start()
            held.wait_held()
            process.kill()
            held.release()
        case 2 | 3 as how:  # a write has left; it arrives late, or never
            writes = chance.randint(0, 4) if _ordered(arena) else 0
            gate.answer("PUT", "/v1/", proxy.PASS, times=writes)
            held = gate.hold("PUT", "/v1/")
            if how == 3:
                gate.answer("PUT", "/v1/", proxy.HANG_UP, times=1)
            process = arena.start()
            held.wait_held()
            process.kill()
            process.wait()
            held.release()
            _until(lambda: len(gate.seen) == len(gate.came), None)
            process.communicate()
            return "between a write and its answer"
        case 4:  # it looks at what it has written
            gate.answer("GET", f"/v1/kv/{key}?", proxy.PASS, times=1)
            held = gate.hold("GET", f"/v1/kv/{key}?")
            process = arena.start()
            held.wait_held()
            process.kill()
            held.release()
        case _:  # the wire is cut and the process lives on
            writes = chance.randint(0, 4) if _ordered(arena) else 0
            gate.answer("PUT", "/v1/", proxy.PASS, times=writes)
            cut = chance.choice([proxy.HANG_UP, proxy.LOST, proxy.CUT_SHORT])
            gate.answer("PUT", "/v1/", cut, times=1)
            process = arena.start()
            _, err = process.communicate(timeout=PATIENCE)
            assert process.returncode in {0, 4, 5}, err
            gate.clear()
            return "the wire cut at a write, sync goes on"
    process.communicate(timeout=PATIENCE)
    writes = sum(method == "PUT" for method, _ in gate.came[came:])
    answered = sum(exchange.method == "PUT" for exchange in gate.seen[seen:])
    if writes == 0:
        return "before the first write"
    return "after a write" if answered == writes else "between a write and its answer"


def _ordered(arena: Arena) -> bool:
    return "max_transaction_bytes" in (arena.folder / "pyproject.toml").read_text("utf-8")


def _until(condition: Any, process: subprocess.Popen[str] | None) -> None:
    deadline = time.monotonic() + PATIENCE
    tick = threading.Event()
    while not condition() and (process is None or process.poll() is None):
        assert time.monotonic() < deadline
        tick.wait(0.001)

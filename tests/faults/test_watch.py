"""A watcher beside writers who never stop: what is erased comes back, and every edit is kept."""

from __future__ import annotations

import base64
import gc
import json
import os
import random
import statistics
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from fieldkeep.core.watch.events import BackupRestored, EditCaptured, Healed
from fieldkeep.operations.passes import Following
from tests.faults.cluster import cluster
from tests.faults.conftest import LONG, amount
from tests.real import proxy
from tests.real.forked import Started
from tests.real.proxy import Gate
from tests.real.required import required
from tests.real.servers import ConsulServer, RawConsul, free_ports, wait_until
from tests.scenarios.look import GIT
from tests.scenarios.watching import Guard
from tests.scenarios.world import ConsulWorld, Project, environment, unpacked

DELETES = amount(5, 100)
EDIT_SECONDS = amount(3, 60)
CUT_SECONDS = amount(2, 60)
SIMULATED_MINUTES = amount(20, 24 * 60)
EVERY = 0.2 if LONG else 1.0  # a busy machine cannot see what lives for less than a request


@pytest.fixture
def world(tmp_path: Path, consul_agent: ConsulServer) -> ConsulWorld:
    return applied(ConsulWorld(Project(tmp_path / "project"), consul_agent, a_key()))


def a_key() -> str:
    return f"watched/{uuid.uuid4().hex}/fields"


def applied(world: ConsulWorld) -> ConsulWorld:
    world.project.field("company", GIT.yaml("company"))
    world.project.commit("first")
    world.sync()
    return world


@contextmanager
def watching(world: ConsulWorld, *options: str, url: str = "") -> Iterator[Started]:
    """The program, once it knows git; it ends well."""
    line = ["watch", "--store", url or world.url, "--key", world.key, "--heal", *options]
    with Started(line, world.project.root, environment()) as watch:
        wait_until(lambda: "git: read at " in watch.err, "it knows git")
        yield watch
        assert watch.terminate() == 0, watch.err
        assert "Traceback" not in watch.err


def milliseconds(times: list[float]) -> str:
    return (
        f"{len(times)}, median {statistics.median(times) * 1000:.0f} ms,"
        f" worst {max(times) * 1000:.0f} ms"
    )


def test_a_key_that_is_deleted_at_random_moments_comes_back(
    world: ConsulWorld, chance: random.Random
) -> None:
    before = world.fields()
    times = []
    with watching(world) as watch:
        spent = watch.cpu_seconds()
        for _ in range(DELETES):
            time.sleep(chance.uniform(0, 0.5))
            world.consul.delete(world.key)
            started = time.monotonic()
            wait_until(lambda: world.consul.get(world.key) is not None, "it is back")
            times.append(time.monotonic() - started)
        wait_until(lambda: watch.err.count(" restored: ") == DELETES, "it says so each time")
        spent = (watch.cpu_seconds() - spent) / DELETES
    assert world.fields() == before
    print(f"deletes: {milliseconds(times)}; {spent * 1000:.0f} ms of CPU for each")


def test_a_write_that_has_begun_is_ended_before_it_stops(world: ConsulWorld) -> None:
    with Gate(world.consul.address) as gate, watching(world, url=gate.url) as watch:
        held = gate.hold("PUT", "/v1/txn")
        world.consul.delete(world.key)
        held.wait_held()
        watch.ask_to_stop()
        held.release()
        assert watch.ended() == 0
        assert world.consul.get(world.key) is not None
        assert [line.split(" ", 1)[1] for line in watch.err.splitlines()[-1:]] == ["stopped"]


def with_check(consul: RawConsul, key: str, name: str, value: str) -> bool:
    """Read, edit, write; whether nobody wrote in between."""
    entry = consul.entry(key)
    assert entry is not None
    document = json.loads(base64.b64decode(entry["Value"]))
    (field,) = [f for f in document["fields"] if f["name"] == name]
    field["placeholder"] = value
    cas, body = {"cas": str(entry["ModifyIndex"])}, json.dumps(document).encode()
    return consul.request("PUT", f"/v1/kv/{key}", params=cas, body=body).text.strip() == "true"


def test_every_edit_of_two_editors_is_kept(
    world: ConsulWorld, chance: random.Random, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    made: dict[str, float] = {}
    over = time.monotonic() + EDIT_SECONDS

    def edit(name: str, seed: float) -> None:
        """Each edit replaces the one before, where git is silent."""
        own, consul = random.Random(seed), RawConsul(world.consul.address)
        number = 0
        time.sleep(own.uniform(0, EVERY))
        while time.monotonic() < over:
            number += 1
            value = f"{name} says {number}"
            while not with_check(consul, world.key, name, value):
                pass
            made[value] = time.time()
            time.sleep(EVERY)
        consul.session.close()

    with watching(world, "--backup-dir", str(copies)) as watch:
        editors = [
            threading.Thread(target=edit, args=(name, chance.random()))
            for name in ("company", "glpi_url")
        ]
        for editor in editors:
            editor.start()
        for editor in editors:
            editor.join()
        last = max(made, key=made.__getitem__)
        wait_until(lambda: last in kept_in(copies), "the last one is kept")
        wait_until(lambda: last in placeholders(world.value(".backup")), "and in a backup")
        assert "warning" not in watch.err

    kept = kept_in(copies)
    assert sorted(made.keys() - kept.keys()) == []
    late = [kept[value] - made[value] for value in made]
    in_history = {v for entry in world.value(".backup.history") for v in placeholders(entry)}
    print(
        f"edits: {milliseconds(late)} from their answer to a file;"
        f" {len(made.keys() & in_history)} in the history"
    )
    world.run("history", "verify")


def kept_in(copies: Path) -> dict[str, float]:
    """What the files say, each with the time of the first one."""
    kept: dict[str, float] = {}
    for path in sorted(copies.glob("2*.json")):
        for value in placeholders({"fields_data": json.loads(path.read_bytes())}):
            kept.setdefault(value, path.stat().st_mtime)
    return kept


NAMES = ("company", "glpi_url")


def placeholders(backup: Any) -> set[str]:
    fields = unpacked(backup)["fields_data"]["fields"]
    return {f["placeholder"] for f in fields if f["name"] in NAMES and f.get("placeholder")}


# --------------------------------------------------------------------------- outages


def edited(world: ConsulWorld, value: str) -> None:
    document = world.value()
    for field in document["fields"]:
        if field["name"] == "glpi_url":
            field["placeholder"] = value
    world.plain.put(world.key, json.dumps(document).encode())


def backed_up(world: ConsulWorld, value: str) -> Callable[[], bool]:
    return lambda: value in placeholders(world.value(".backup"))


def health(port: int) -> tuple[int, str]:
    answer = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=10)
    return answer.status_code, answer.text


def test_a_consul_that_is_restarted(tmp_path: Path, consul_server: ConsulServer) -> None:
    world = applied(ConsulWorld(Project(tmp_path / "project"), consul_server, a_key()))
    (port,) = free_ports(1)
    with watching(world, "--listen", f"127.0.0.1:{port}") as watch:
        edited(world, "before")
        wait_until(backed_up(world, "before"), "captured")
        assert health(port) == (200, "ok\n")
        consul_server.kill()
        wait_until(lambda: "the store does not answer" in watch.err, "it says so")
        status, said = health(port)
        assert status == 503
        assert "the store does not answer" in said
        consul_server.start()
        edited(world, "after")
        started = time.monotonic()
        wait_until(backed_up(world, "after"), "captured")
        print(f"restart: captured {time.monotonic() - started:.1f} s after the edit")
        world.consul.delete(world.key)
        wait_until(lambda: world.consul.get(world.key) is not None, "it is back")
        assert health(port)[0] == 200
        assert watch.err.count("the store does not answer") == 1
        assert watch.err.count("the store answers") == 2
    assert placeholders(world.value(".backup")) == {"after"}


def test_a_network_that_is_cut(world: ConsulWorld) -> None:
    with Gate(world.consul.address) as gate, watching(world, url=gate.url) as watch:
        cut = proxy.SILENCE if LONG else proxy.HANG_UP  # a silent request ends after 15 s
        gate.answer("GET", "/v1/kv/", cut)
        gate.answer("PUT", "/v1/", cut)
        time.sleep(CUT_SECONDS)
        edited(world, "made meanwhile")
        time.sleep(0.1)
        world.consul.delete(f"{world.key}.backup")
        gate.clear()
        started = time.monotonic()
        wait_until(lambda: world.consul.get(f"{world.key}.backup") is not None, "noticed")
        wait_until(backed_up(world, "made meanwhile"), "captured")
        print(f"network: captured {time.monotonic() - started:.1f} s after it was back")
        if LONG:
            assert watch.err.count("the store does not answer") == 1


@pytest.mark.skipif(not LONG, reason="the long form only: three servers elect for a while")
def test_a_leader_that_is_killed(tmp_path: Path) -> None:
    with cluster(required("consul"), tmp_path) as made:
        first: Any = made.wait_for_a_leader().api
        world = applied(ConsulWorld(Project(tmp_path / "project"), first, a_key()))
        for number in range(5):
            leader = made.wait_for_a_leader()
            follower: Any = made.others(leader)[0].api
            world.plain = world.consul = follower
            with watching(world, url=follower.url):
                leader.kill()
                made.wait_for_a_leader(leader)
                edited(world, f"edit {number}")
                wait_until(backed_up(world, f"edit {number}"), "captured")
                world.plain.delete(world.key)
                wait_until(lambda: world.plain.get(world.key) is not None, "it is back")
            made.start(leader)
            made.wait_for_all()
        print("leader: killed 5 times, each edit captured, each erased key back")


def test_a_snapshot_that_is_restored(tmp_path: Path, consul_server: ConsulServer) -> None:
    """Everything in the store is as it was; a folder of copies is not."""
    world = applied(ConsulWorld(Project(tmp_path / "project"), consul_server, a_key()))
    copies = tmp_path / "copies"
    with watching(world, "--backup-dir", str(copies)) as watch:
        snapshot = consul_server.request("GET", "/v1/snapshot").content
        edited(world, "lost with the snapshot")
        wait_until(backed_up(world, "lost with the snapshot"), "captured")
        assert consul_server.request("PUT", "/v1/snapshot", body=snapshot).status_code == 200
        edited(world, "after it")
        wait_until(backed_up(world, "after it"), "captured")
        world.consul.delete(world.key)
        wait_until(lambda: world.consul.get(world.key) is not None, "it is back")
        assert "alarm" not in watch.err
    assert placeholders(world.value() and {"fields_data": world.value()}) == {"after it"}
    texts = [path.read_text("utf-8") for path in copies.iterdir()]
    assert any("lost with the snapshot" in text for text in texts)


# --------------------------------------------------------------------------- a day


def resident_bytes() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Day:
    """Four actors at one key, a minute at a time: an editor, an eraser, an operator whose Consul
    fails, and a team that merges."""

    def __init__(self, world: ConsulWorld, gate: Gate, copies: Path, chance: random.Random) -> None:
        self.world, self.gate, self.copies, self.chance = world, gate, copies, chance
        self.guard = Guard(
            world, following=Following("HEAD", apply_new=True), copies=copies, url=gate.url
        )
        self.causes, self.writes = Counter[str](), Counter[str]()
        self.merged = 0
        self.edits: list[str] = []
        self.newest = ""
        self.away = 0

    def minute(self) -> None:
        self.guard.now += 60
        if self.away:
            self.away -= 1
            if not self.away:
                self.gate.clear()
        elif self.chance.random() < 0.02:
            self.away = self.chance.randint(1, 15)
            broken = self.chance.choice([proxy.NO_LEADER, proxy.HANG_UP, proxy.BAD_GATEWAY])
            self.gate.answer("GET", "/v1/", broken)
            self.causes["outage"] += 1
        for act, often in ((self.edit, 0.3), (self.erase, 0.1), (self.merge, 0.02)):
            if self.chance.random() < often:
                act()
                self.settle()
        self.settle()

    def settle(self) -> None:
        if self.away:
            for _ in range(6):
                self.guard.turn()
        else:
            self.guard.settle()
            self.check()
        for event in self.guard.events:
            match event:
                case EditCaptured():
                    self.writes["captured"] += 1
                case Healed() | BackupRestored():
                    self.writes["healed"] += 1
        self.guard.events.clear()
        self.guard.said.clear()
        self.gate.forget()

    def edit(self) -> None:
        content = self.world.plain.get(self.world.key)
        if content is None or self.away:  # who can reach nothing edits nothing
            return
        document = json.loads(content)
        for field in document["fields"]:
            if field["name"] == "glpi_url":
                self.newest = f"edit {len(self.edits)}"
                field["placeholder"] = self.newest
            if field["name"] == "company" and self.chance.random() < 0.05:
                field["display_name"] = f"overruled {len(self.edits)}"
        self.edits.append(self.newest)
        self.world.plain.put(self.world.key, json.dumps(document).encode())
        self.causes["edit"] += 1

    def erase(self) -> None:
        end = self.chance.choice(["", "", "", ".backup", ".backup.history", ".sync"])
        if self.chance.random() < 0.2 and end == "":
            self.world.plain.put(self.world.key, b'{"fields": "none"}')
        elif self.world.plain.get(self.world.key + end) is not None:
            self.world.plain.delete(self.world.key + end)
        else:
            return
        self.causes["erased"] += 1
        self.guard.now += 11  # our other keys are looked at every ten seconds

    def merge(self) -> None:
        self.merged += 1
        text = GIT.yaml("company").replace(GIT.display_name, f"Merged {self.merged}")
        self.world.project.field("company", text)
        self.world.project.commit(f"merge {self.merged}")
        self.guard.now += 400  # the next pass
        self.causes["merge"] += 1

    def check(self) -> None:
        fields = {f["name"]: f for f in self.world.value()["fields"]}
        if self.newest:
            assert fields["glpi_url"]["placeholder"] == self.newest
        wanted = f"Merged {self.merged}" if self.merged else GIT.display_name
        if not self.guard.watcher.status.contest:
            assert fields["company"]["display_name"] == wanted


def test_a_day_with_four_actors(
    world: ConsulWorld,
    chance: random.Random,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fieldkeep.edges.http.PAUSE_SECONDS", 0.001)
    with Gate(world.consul.address) as gate:
        day = Day(world, gate, tmp_path / "copies", chance)
        day.guard.settle()
        day.guard.events.clear()
        started = 0
        for minute in range(SIMULATED_MINUTES):
            day.minute()
            if minute == SIMULATED_MINUTES // 4:
                started = resident_bytes()
        gate.clear()
        day.away = 0
        day.guard.later(60)
        day.settle()
        grown = (resident_bytes() - started) / 2**20
    assert set(day.edits) <= kept_in(tmp_path / "copies").keys()
    print(
        f"a day: {dict(day.causes)}, {dict(day.writes)}, {len(day.edits)} edits, 0 lost,"
        f" {grown:+.1f} MiB"
    )
    assert day.writes.total() <= day.causes.total()
    assert grown < 30
    world.run("history", "verify")

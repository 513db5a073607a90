"""Three Consul servers that lose their leader, by SIGKILL or by the network, while others write:
an exit 0 is true, no acknowledged edit is lost, and without a quorum nothing is done."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.faults import team
from tests.faults.actors import Editor, command, processes
from tests.faults.cluster import Cluster, Node, cluster
from tests.faults.conftest import LONG, amount
from tests.faults.room import OURS, values
from tests.faults.test_races import Repository
from tests.real.parts import ROOT
from tests.real.required import required
from tests.real.servers import RawConsul, ServerError, wait_until
from tests.scenarios.world import unpacked

KILLS, PARTITIONS = amount(1, 20), 5
KEY = "faults/fields"
INSIDE = "FAULTS_INSIDE"  # set in our own network namespace
PATIENCE = 180


def edits(addresses: list[str], name: str, seed: float, seconds: float) -> list[str]:
    """In a process: edits under check-and-set until the time is up; those acknowledged."""
    chance, kept, until = random.Random(seed), list[str](), time.monotonic() + seconds
    editors = [Editor(RawConsul(a), KEY, name, chance) for a in addresses]
    for editor in editors:
        editor.consul.session.request = _hurried(editor.consul.session)  # type: ignore[method-assign]
    count = 0
    while time.monotonic() < until:
        editor = chance.choice(editors)
        count += 1
        editor.edits = count
        before = len(editor.acknowledged)
        try:
            editor.with_check()
        except (requests.RequestException, ServerError, TimeoutError, AssertionError):
            continue  # nobody acknowledged it
        kept += [attribute for attribute, _ in editor.acknowledged[before:]]
        count = max(count, editor.edits)
    return kept


def _hurried(session: requests.Session) -> Any:
    send = session.request
    return lambda *a, **k: send(*a, **{**k, "timeout": 4})


class Play:
    def __init__(self, made: Cluster, repository: Repository, chance: random.Random) -> None:
        self.made, self.repository, self.chance = made, repository, chance
        self.acknowledged: list[str] = []
        self.counts = Counter[str]()

    def start(self, pool: ProcessPoolExecutor, node: Node, name: str, *arguments: str) -> Any:
        where = ["-C", str(self.repository.root), "--store", node.api.url, "--key", KEY]
        return pool.submit(command, [*where, name, *arguments], {})

    def round(self, pool: ProcessPoolExecutor, number: int, lose: Any, give_back: Any) -> None:
        """Two syncs, of which the later commit wins, and two editors; the leader goes meanwhile."""
        made = self.made
        leader = made.wait_for_a_leader()
        commit = self.repository.next()
        nodes = self.chance.sample(made.nodes, 2)
        addresses = [node.api.address for node in made.nodes]
        editing = [
            pool.submit(edits, addresses, f"{who}{number}", self.chance.random(), 4)
            for who in ("ann", "bob")
        ]
        threading.Event().wait(self.chance.uniform(0, 0.2))
        syncs = [self.start(pool, node, "sync", "--ref", commit) for node in nodes]
        threading.Event().wait(self.chance.uniform(0, 0.3))
        lose(leader)
        self.counts["leaders lost"] += 1
        new = made.wait_for_a_leader(but=leader)
        ended = [sync.result(PATIENCE) for sync in syncs]
        for edit in editing:
            self.acknowledged += edit.result(PATIENCE)
        for end in ended:
            self.counts[f"sync: exit {end.code}"] += 1
            assert end.code in {0, 4, 5}, end.err
            assert "Traceback" not in end.err
        if any(end.code == 0 for end in ended):
            assert self.live(new)["placeholder"] == self.said, "exit 0 was not true"
        give_back(leader)
        made.wait_for_all()

    @property
    def said(self) -> str:
        return f"git {len(self.repository.commits) - 1}"

    def live(self, node: Node) -> dict[str, Any]:
        """By a consistent read, the field that the newest commit changes."""
        document = json.loads(node.api.get(KEY) or b"{}")
        name = team.name((len(self.repository.commits) - 1) % 5)
        return next(f for f in document["fields"] if f["name"] == name)

    def nothing_is_lost(self, pool: ProcessPoolExecutor) -> None:
        node = self.made.wait_for_a_leader()
        last = self.start(pool, node, "sync", "--ref", self.repository.commits[-1]).result(PATIENCE)
        assert last.code == 0, last.err
        assert self.live(node)["placeholder"] == self.said
        empty = self.start(pool, node, "plan", "--exit-code").result(PATIENCE)
        assert empty.code == 0, empty.out
        found = values(json.loads(node.api.get(KEY) or b"")["fields"])
        for entry in json.loads(node.api.get(f"{KEY}.backup.history") or b""):
            found |= values(unpacked(entry)["fields_data"]["fields"])
        there = {attribute for _, attribute, _ in found}
        self.counts["acknowledged edits"] = len(self.acknowledged)
        self.counts["lost"] = len(set(self.acknowledged) - there)
        for what, count in sorted(self.counts.items()):
            print(f"{what}: {count}")
        assert self.counts["lost"] == 0


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "team")


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with processes(4) as opened:
        yield opened


def _play(
    made: Cluster, repository: Repository, pool: ProcessPoolExecutor, chance: random.Random
) -> Play:
    play = Play(made, repository, chance)
    first = play.start(pool, made.wait_for_a_leader(), "sync").result(PATIENCE)
    assert first.code == 0, first.err
    return play


def test_leaders_killed_and_no_quorum(
    tmp_path: Path, repository: Repository, pool: ProcessPoolExecutor, chance: random.Random
) -> None:
    with cluster(required("consul"), tmp_path) as made:
        play = _play(made, repository, pool, chance)
        for number in range(KILLS):
            play.round(pool, number, Node.kill, made.start)
        play.nothing_is_lost(pool)
        _a_follower_that_lags(play, pool)
        _no_quorum(play, pool)


def _a_follower_that_lags(play: Play, pool: ProcessPoolExecutor) -> None:
    """It slept through a write; asked right after, it must not answer from what it has."""
    made = play.made
    leader = made.wait_for_a_leader()
    follower = made.others(leader)[0]
    follower.pause()
    commit = play.repository.next()
    done = play.start(pool, leader, "sync", "--ref", commit).result(PATIENCE)
    assert done.code == 0, done.err
    follower.go_on()
    seen = play.start(pool, follower, "plan", "--exit-code").result(PATIENCE)
    assert seen.code in {0, 4}, seen.out + seen.err  # 2 would be the state before
    made.wait_for_all()


def _no_quorum(play: Play, pool: ProcessPoolExecutor) -> None:
    made = play.made
    leader = made.wait_for_a_leader()
    before = {end: leader.api.entry(KEY + end) for end in OURS}
    alone = made.others(leader)[0]
    gone = made.others(alone)
    wait_until(partial(_has_caught_up, alone), "the last server has what the others have")
    for node in gone:
        node.kill()
    wait_until(partial(_knows_no_leader, alone), "the last server has noticed")
    done = play.start(pool, alone, "sync", "--ref", play.repository.next()).result(PATIENCE)
    assert done.code == 4, done.err
    assert alone.api.url in done.err or alone.api.address in done.err
    assert f"{KEY}.sync" in done.err
    assert "raft list-peers -stale=true" in done.err
    assert f"store: {alone.api.url} has no leader; waiting" in done.err
    assert "HTTP 500: No cluster leader; trying again (2 of 3)" in done.err
    _rescued(play, pool, alone)
    for node in gone:
        made.start(node)
    made.wait_for_all()
    assert {end: alone.api.entry(KEY + end) for end in OURS} == before


def _has_caught_up(node: Node) -> bool:
    url = f"http://{node.api.address}/v1/kv/{KEY}.backup?stale"
    return node.api.session.get(url, timeout=2).status_code == 200


def _knows_no_leader(node: Node) -> bool:
    url = f"http://{node.api.address}/v1/status/leader"
    return node.api.session.get(url, timeout=2).text.strip() == '""'


def _rescued(play: Play, pool: ProcessPoolExecutor, alone: Node) -> None:
    """What one server still has is read and saved before somebody rebuilds the cluster."""
    saved = alone.folder / "rescue.json"
    for arguments in (
        ("list", "--stale"),
        ("history", "--stale"),
        ("history", "export", "--stale", str(saved)),
    ):
        done = play.start(pool, alone, *arguments).result(PATIENCE)
        assert done.code == 0, done.err
        assert "one server's copy was read (--stale)" in done.err
        assert "it last heard from a leader" in done.err
    export = json.loads(saved.read_text("utf-8"))
    assert export["backups"][0]["fields_data"]["fields"] == export["document"]["fields"]


def test_leaders_cut_off(
    tmp_path: Path, repository: Repository, pool: ProcessPoolExecutor, chance: random.Random
) -> None:
    if os.environ.get(INSIDE) is None:
        _again_in_a_namespace_of_our_own()
        return
    with cluster(required("consul"), tmp_path, bridged=True) as made:
        play = _play(made, repository, pool, chance)
        for number in range(PARTITIONS):
            play.round(pool, number, made.cut_off, made.heal)
        play.nothing_is_lost(pool)


def _again_in_a_namespace_of_our_own() -> None:
    if not LONG:
        pytest.skip("partitions are cut by `scripts/test --faults` only")
    if subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no network namespaces here: they need root")
    this = f"{Path(__file__)}::test_leaders_cut_off"
    done = subprocess.run(
        [
            "unshare",
            "-n",
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-s",
            "-p",
            "no:cacheprovider",
            this,
        ],
        cwd=ROOT,
        env={**os.environ, INSIDE: "yes"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr

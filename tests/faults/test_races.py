"""Rounds of four syncs from different commits, two editors that check and two that do not: no sync
replaces what it has not kept, and no edit that was acknowledged under check-and-set is lost to one.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults import team
from tests.faults.actors import Editor, command, processes
from tests.faults.conftest import amount
from tests.faults.room import values
from tests.real.proxy import Exchange, Gate
from tests.real.servers import ConsulServer, RawConsul
from tests.scenarios.world import Project, unpacked

ROUNDS, SYNCS, LABELS = amount(5, 200), 4, 5


class Repository(Project):
    """A small team's fields in git; every commit changes one field more."""

    def __init__(self, root: Path) -> None:
        self.root = team.project(root, LABELS, {"owner": "us", "history": 100})
        self.commits = [self.commit("0")]

    def next(self) -> str:
        number = len(self.commits)
        team.write(self.root, number % LABELS, placeholder=f"git {number}")
        self.commits.append(self.commit(str(number)))
        return self.commits[-1]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("team") / "project")


def test_syncs_and_editors_at_once(
    repository: Repository, consul_acl: ConsulServer, chance: random.Random, record_property: Any
) -> None:
    counts = Counter[str]()
    with processes(SYNCS) as pool, ThreadPoolExecutor(4) as threads:
        for number in range(ROUNDS):
            one = _Round(repository, consul_acl, f"races/{number}/fields", chance)
            counts += one.play(pool, threads, ordered=number % 2 == 1)
    for what, count in sorted(counts.items()):
        record_property(what, count)
        print(f"{what}: {count}")
    assert counts["lost"] == 0
    assert counts["sync: exit 0"] >= ROUNDS


class _Round:
    def __init__(
        self, repository: Repository, consul: ConsulServer, key: str, chance: random.Random
    ) -> None:
        self.repository, self.consul, self.key, self.chance = repository, consul, key, chance
        self.token = consul.token(f'key_prefix "{key}" {{ policy = "write" }}')
        self.editors = [
            Editor(
                RawConsul(consul.address, consul.management),
                key,
                name,
                random.Random(chance.random()),
            )
            for name in ("ann", "bob", "cay", "dan")
        ]

    def play(self, pool: Any, threads: ThreadPoolExecutor, *, ordered: bool) -> Counter[str]:
        consul, key = self.consul, self.key
        with Gate(consul.address) as gate:
            variables = {
                "FIELDKEEP_STORE": gate.url,
                "FIELDKEEP_KEY": key,
                "CONSUL_HTTP_TOKEN": self.token,
                **({"FIELDKEEP_MAX_TRANSACTION_BYTES": "9000"} if ordered else {}),
            }

            def start(*arguments: str) -> Any:
                where = ["-C", str(self.repository.root), "-v", *arguments]
                return pool.submit(command, where, variables)

            first = start("sync", "--ref", self.repository.commits[-1]).result()
            assert first.code == 0, first.err
            cache, _ = self.editors[0].read()
            commits = [self.repository.next() for _ in range(SYNCS)]
            syncs = [start("sync", "--ref", commit) for commit in commits]
            checking = [threads.submit(_edits, e.with_check) for e in self.editors[:2]]
            plain = [
                threads.submit(_edits, lambda e=e: e.without_check(cache)) for e in self.editors[2:]
            ]
            for edit in (*checking, *plain):
                edit.result(120)
            ended = [sync.result(120) for sync in syncs]
            last = [
                start("sync", "--ref", commits[-1]).result(),
                start("plan", "--exit-code").result(),
                start("history", "verify").result(),
            ]
            seen = gate.seen
        for end in (first, *ended, *last):
            assert self.token not in end.out + end.err
            assert "Traceback" not in end.err
        assert self.token not in "".join(exchange.path for exchange in seen)
        assert [end.code for end in last] == [0, 0, 0], str(last)
        assert {end.code for end in ended} <= {0, 3, 4, 5}, [end.err for end in ended]
        counts = Counter(f"sync: exit {end.code}" for end in ended)
        return counts + self.nothing_is_lost(seen)

    def nothing_is_lost(self, seen: list[Exchange]) -> Counter[str]:
        versions = {i: v for editor in self.editors for i, v in editor.versions.items()}
        checked = {i for editor in self.editors for i in editor.replaced}
        kept = [_values(unpacked(entry)["fields_data"]) for entry in self.value(".backup.history")]
        live = _values(self.value(""))
        replaced = set(_replaced(seen, self.key))
        for index in replaced & versions.keys():
            assert _values(versions[index]) in kept, f"a sync replaced {index} and did not keep it"
        found = live.union(*kept)
        counts = Counter({"values that syncs replaced": len(replaced)})
        for editor in self.editors[:2]:
            for attribute, value in editor.acknowledged:
                counts["acknowledged edits"] += 1
                if any((a, v) == (attribute, f'"{value}"') for _, a, v in found):
                    counts["of them live or in the history"] += 1
                    continue
                # the last version that had it was replaced by somebody who did not check
                had = [i for i, v in versions.items() if f'"{attribute}"' in json.dumps(v)]
                by_plain = max(had) not in replaced | checked
                counts["of them overwritten by a plain PUT" if by_plain else "lost"] += 1
        return counts

    def value(self, end: str) -> Any:
        content = self.consul.get(self.key + end)
        assert content is not None
        return json.loads(content)


def _edits(edit: Any) -> None:
    for _ in range(3):
        edit()


def _values(document: dict[str, Any]) -> frozenset[tuple[str, str, str]]:
    return frozenset(values(document["fields"]))


def _replaced(seen: list[Exchange], key: str) -> Iterator[int]:
    """The indexes of the documents that a sync's accepted writes replaced."""
    for exchange in seen:
        if exchange.method != "PUT" or exchange.status != 200:
            continue
        if exchange.path.startswith("/v1/txn"):
            for operation in json.loads(exchange.body):
                if operation["KV"]["Key"] == key and operation["KV"]["Verb"] == "cas":
                    yield operation["KV"]["Index"]
        elif match := re.match(rf"/v1/kv/{key}\?.*cas=(\d+)", exchange.path):
            yield int(match[1])

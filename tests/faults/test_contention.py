"""Two editors that write all the time, each only what it has read last: syncs get through in time,
and none of their edits is lost."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.faults import team
from tests.faults.actors import Editor, command, processes
from tests.faults.conftest import LONG, amount
from tests.real.servers import ConsulServer, RawConsul
from tests.scenarios.world import Project

SYNCS, LABELS, WRITES_A_SECOND = amount(3, 200), 25, 20
ENOUGH = 0.95 if LONG else 0.3  # a busy machine makes a short run no measurement


class Repository(Project):
    """A team's fields in git; every commit changes one field more."""

    def __init__(self, root: Path) -> None:
        self.root = team.project(root, LABELS, {"owner": "us"})
        self.number = 0
        self.commit("0")

    def next(self) -> None:
        self.number += 1
        team.write(self.root, self.number % LABELS, placeholder=f"git {self.number}")
        self.commit(str(self.number))


class Busy(Editor):
    """Writes attributes that nobody else does, and looks for all of them in whatever it reads."""

    @cached_property
    def said(self) -> dict[tuple[str, str], str]:
        """The last acknowledged value of each field and attribute."""
        return {}

    def edited(self, document: dict[str, Any]) -> tuple[str, str]:
        fields = {entry["name"]: entry for entry in document["fields"]}
        for (name, attribute), value in self.said.items():
            assert fields[name].get(attribute) == value, f"{self.name} misses {value}"
        self.edits += 1
        entry = self.chance.choice(document["fields"])
        attribute, value = f"note_{self.name}", f"{self.name} said {self.edits}"
        entry[attribute] = value
        self.last = (entry["name"], attribute), value
        return attribute, value

    def with_check(self) -> None:
        super().with_check()
        place, value = self.last
        self.said[place] = value

    def write_until(self, stop: threading.Event) -> None:
        due = time.monotonic()
        while not stop.is_set():
            self.with_check()
            due = max(due + 1 / WRITES_A_SECOND, time.monotonic())
            stop.wait(due - time.monotonic())


@contextmanager
def writing(editors: list[Busy]) -> Iterator[None]:
    stop = threading.Event()
    with ThreadPoolExecutor(len(editors)) as threads:
        ended = [threads.submit(editor.write_until, stop) for editor in editors]
        try:
            yield
        finally:
            stop.set()
        for editor in ended:
            editor.result(60)


def test_syncs_get_through_between_two_busy_editors(
    tmp_path: Path,
    consul_agent: ConsulServer,
    key: str,
    chance: random.Random,
    record_property: Any,
) -> None:
    repository = Repository(tmp_path / "project")
    raw = RawConsul(consul_agent.address, consul_agent.management)
    editors = [Busy(raw, key, name, random.Random(chance.random())) for name in ("ann", "bob")]
    variables = {"FIELDKEEP_STORE": consul_agent.url, "FIELDKEEP_KEY": key}
    codes, seconds = Counter[int](), list[float]()
    with processes(1) as pool:

        def sync(*options: str) -> int:
            since, line = time.monotonic(), ["-C", str(repository.root), "sync", *options]
            ended = pool.submit(command, line, variables).result()
            seconds.append(time.monotonic() - since)
            codes[ended.code] += 1
            assert ended.code in (0, 5), ended.err
            return ended.code

        assert sync() == 0
        with writing(editors):
            for _ in range(SYNCS):
                repository.next()
                sync()
        assert sync() == 0
    for editor in editors:
        editor.edited(editor.read()[0])
    edits, median = sum(editor.edits for editor in editors), sorted(seconds)[len(seconds) // 2]
    told = (
        f"exit codes {dict(codes)}, {edits} edits; median {median:.2f} s, most {max(seconds):.2f} s"
    )
    record_property("contention", told)
    print(told)
    assert edits > SYNCS
    assert codes[0] - 2 >= ENOUGH * SYNCS, told  # two were alone

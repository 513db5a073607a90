"""The stores that cases start from: what a sync of the shared project left, or nothing."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.core.stored import keys
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.sqlite import SQLiteStore
from fieldkeep.model import Limits, Present, Put
from fieldkeep.settings.settings import DEFAULT_KEY
from tests.case import Case, filled
from tests.real import proxy
from tests.real.servers import ConsulServer

FILE = Path(".fieldkeep", "store.db")


@dataclass
class World:
    """Where a case's store is: for the program its environment, for us the keys on Consul."""

    environment: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    consul: ConsulServer | None = None
    folder: str = ""

    def entries(self) -> dict[str, Any]:
        """Consul's own entries below the folder of the case's key, indexes included."""
        if self.consul is None:
            return {}
        return {key: self.consul.entry(key) for key in self.consul.keys(self.folder)}


@contextmanager
def world(case: Case, root: Path, seed: Path, ask: pytest.FixtureRequest) -> Iterator[World]:
    """Make the store that the case asks for; SQLite's file lies in the project's folder, `root`."""
    match case.store:
        case "sqlite":
            _copy(seed, root / FILE, case.keys)
            yield World()
        case "consul" | "acl":
            name = "consul_agent" if case.store == "consul" else "consul_acl"
            with _consul(case, seed, ask.getfixturevalue(name), ask.getfixturevalue("key")) as made:
                yield made
        case "foreign":
            _somebody_elses(root / FILE)
            yield World()
        case "none":
            yield World()
        case _:
            raise ValueError(f"{case.folder}: no such store: {case.store}")


def _copy(seed: Path, path: Path, more: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True)
    shutil.copy(seed, path)
    store = SQLiteStore(path, "", Limits())
    for end, value in more.items():
        key = DEFAULT_KEY + end
        live = store.get(key)
        store.commit([Put(key, value.encode(), live.index if isinstance(live, Present) else 0)])


def _somebody_elses(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE kv (key TEXT, value TEXT)")


@contextmanager
def _consul(case: Case, seed: Path, server: ConsulServer, key: str) -> Iterator[World]:
    for end, value in {**_values(seed), **{k: v.encode() for k, v in case.keys.items()}}.items():
        server.put(key + end, value)
    with proxy.Gate(server.address) as gate:
        environment = {"FIELDKEEP_STORE": gate.url, "FIELDKEEP_KEY": key}
        names = {"consul": gate.address, "key": key}
        if case.gate:
            method, prefix = filled(case.gate.get("to", f"{proxy.ANY} /v1/"), names).split()
            gate.answer(method, prefix, _answer(case.gate, names))
        if case.token:
            environment["CONSUL_HTTP_TOKEN"] = names["token"] = server.token(case.token)
        yield World(environment, names, server, key.rsplit("/", 1)[0] + "/")


def _values(seed: Path) -> dict[str, bytes]:
    """By the end of the key; the record last, because it is the newest of what a sync writes."""
    found = kv.read(SQLiteStore(seed, "", Limits()), keys.keys(DEFAULT_KEY)).values
    return {
        key.removeprefix(DEFAULT_KEY): live.value
        for key, live in reversed(found.items())
        if isinstance(live, Present)
    }


def _answer(said: Mapping[str, Any], names: Mapping[str, str]) -> proxy.Answer:
    if name := said.get("answer"):
        answer: proxy.Answer = getattr(proxy, name)
        return answer
    body: str = filled(said.get("body", ""), names)
    return proxy.Answer(said["status"], body.encode(), said.get("headers", {}))

"""What surprises a watcher of a Consul key: a real Consul, and our waits."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from fieldkeep.edges.store import stores
from fieldkeep.edges.store.kv import Seen, Store
from fieldkeep.model import Absent, Limits, Live, Present
from tests.real.servers import ConsulServer

LONG = 8.0  # far more than a change takes to be seen
BRIEF = 0.5


def connected(consul: ConsulServer) -> Store:
    return stores.connect(consul.url, Path("/nonexistent"), {}, Limits())


def look(store: Store, key: str) -> Seen:
    return store.wait(key, None, LONG)


def content(live: Live) -> bytes | None:
    return live.value if isinstance(live, Present) else None


def test_an_identical_write_wakes_nobody(consul_agent: ConsulServer, key: str) -> None:
    store = connected(consul_agent)
    consul_agent.put(key, b"same")
    seen = look(store, key)
    writer = threading.Timer(0.1, lambda: consul_agent.put(key, b"same"))
    writer.start()
    started = time.monotonic()
    after = store.wait(key, seen, BRIEF)
    writer.join()
    assert after.live == seen.live
    assert time.monotonic() - started >= BRIEF


def test_an_absent_key_is_seen_when_it_comes_whatever_its_neighbours_do(
    consul_agent: ConsulServer, key: str
) -> None:
    """A query of an absent key wakes for its neighbours, with an index that did not rise."""
    store = connected(consul_agent)
    seen = look(store, key)
    assert seen.live == Absent()
    for number in range(5):
        consul_agent.put(f"{key}.neighbour", str(number).encode())
        seen = store.wait(key, seen, BRIEF)
        assert seen.live == Absent()
    created = threading.Timer(0.2, lambda: consul_agent.put(key, b"here"))
    created.start()
    started = time.monotonic()
    while content(seen.live) is None:
        seen = store.wait(key, seen, LONG)
    assert time.monotonic() - started < LONG
    created.join()


def test_an_index_that_fell_hides_changes_for_one_wait_only(
    consul_agent: ConsulServer, key: str
) -> None:
    store = connected(consul_agent)
    consul_agent.put(key, b"before")
    future = Seen(store.get(key), 1_000_000_000)
    consul_agent.put(key, b"after")
    started = time.monotonic()
    seen = store.wait(key, future, BRIEF)
    assert time.monotonic() - started >= BRIEF  # Consul sleeps through what has changed already
    assert (content(seen.live), seen.mark) == (b"after", 0)
    consul_agent.put(key, b"again")
    assert content(store.wait(key, seen, LONG).live) == b"again"


def test_a_restored_snapshot_is_seen_at_once_with_its_own_value(
    consul_server: ConsulServer,
) -> None:
    """The query wakes with the value and the index from before the restore; with that index the
    next one would sleep to its end."""
    key, store = "test/fields", connected(consul_server)
    consul_server.put(key, b"old")
    snapshot = consul_server.request("GET", "/v1/snapshot")
    assert snapshot.status_code == 200
    consul_server.put(key, b"new")
    seen = look(store, key)
    assert content(seen.live) == b"new"

    def restore() -> None:
        other = ConsulServer.request(consul_server, "PUT", "/v1/snapshot", body=snapshot.content)
        assert other.status_code == 200

    restoring = threading.Timer(0.2, restore)
    restoring.start()
    started = time.monotonic()
    while content(seen.live) != b"old":
        seen = store.wait(key, seen, LONG)
    assert time.monotonic() - started < LONG
    restoring.join()
    consul_server.put(key, b"after the restore")
    while content(seen.live) != b"after the restore":
        seen = store.wait(key, seen, LONG)
    assert time.monotonic() - started < LONG

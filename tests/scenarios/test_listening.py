"""Listening beside other work: each state is kept in order, and none hides behind its like."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkeep.core.stored.keys import keys
from fieldkeep.edges.store import stores
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Unavailable
from fieldkeep.model import Absent, Limits, Live, Present
from fieldkeep.operations.following import changes
from fieldkeep.operations.listening import Beside
from tests.real import proxy
from tests.real.proxy import Gate
from tests.real.servers import ConsulServer, wait_until

LONG = 30.0  # the wait of a test that expects news; far more than they take


def content(live: Live) -> bytes | None:
    return live.value if isinstance(live, Present) else None


def listener(url: str, key: str, kept: list[bytes | None]) -> Beside:
    def connect() -> Store:
        return stores.connect(url, Path("/nonexistent"), {}, Limits())

    return Beside(connect, key, lambda live: kept.append(content(live)))


def test_each_state_is_kept_though_nobody_waits(consul_agent: ConsulServer, key: str) -> None:
    kept: list[bytes | None] = []
    ears = listener(consul_agent.url, key, kept)
    assert ears.hear(LONG) == Absent()
    for number in range(5):
        consul_agent.put(key, str(number).encode())

        def has_come(expected: bytes = str(number).encode()) -> bool:
            ears.catch_up()
            return kept[-1:] == [expected]

        wait_until(has_come, "it is heard")
    assert kept == [None, b"0", b"1", b"2", b"3", b"4"]
    assert content(ears.hear(LONG)) == b"4"
    ears.restart()


def test_what_came_and_went_again_is_news(consul_agent: ConsulServer, key: str) -> None:
    """An erased key that was put back, and erased again before anybody listened."""
    kept: list[bytes | None] = []
    ears = listener(consul_agent.url, key, kept)
    assert ears.hear(LONG) == Absent()
    consul_agent.put(key, b"put back")

    def came() -> bool:
        ears.catch_up()
        return b"put back" in kept

    def went() -> bool:
        ears.catch_up()
        return kept[-1] is None

    wait_until(came, "it is heard")
    consul_agent.delete(key)
    wait_until(went, "that too")
    # only the end of the time would end a call without news: this one returns at once
    assert ears.hear(600.0) == Absent()
    assert kept == [None, b"put back", None]
    ears.restart()


def hear_thrice(ears: Beside) -> None:
    for _ in range(3):
        ears.hear(LONG)


def test_a_failure_comes_after_what_was_heard_before_it(
    gate: Gate, consul_agent: ConsulServer, key: str
) -> None:
    kept: list[bytes | None] = []
    consul_agent.put(key, b"before")
    ears = listener(gate.url, key, kept)
    assert content(ears.hear(LONG)) == b"before"
    gate.answer("GET", f"/v1/kv/{key}", proxy.HANG_UP)
    consul_agent.put(key, b"wakes the query")
    with pytest.raises(Unavailable):
        hear_thrice(ears)  # the query that waits may still be answered
    gate.clear()
    ears.restart()
    assert content(ears.hear(LONG)) == b"wakes the query"
    ears.restart()


def test_a_change_that_the_caller_could_not_look_at_is_told_again(tmp_path: Path) -> None:
    store = stores.connect(f"sqlite:///{tmp_path}/store.db", tmp_path, {}, Limits())
    told = changes(store, keys("metadata/fields"), lambda: True)
    next(told)
    next(told)  # nothing has changed; without it, this would wait for ever

"""Concurrency groups: who waits for whom."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.actions.unknown import Unknown


class Groups:
    """One holder for each group at a time; the others wait.

    GitHub lets one wait and cancels an older one that waits; here all of them wait, and come in
    any order. Case does not matter in names.
    """

    def __init__(self) -> None:
        self._guard = threading.Condition()
        self._locks: dict[str, threading.Lock] = {}
        self._waiting: dict[str, int] = {}
        self._holders: dict[str, int] = {}

    @contextmanager
    def held(self, name: str, run_id: int, *, cancels: bool) -> Iterator[None]:
        """Wait for the group, and hold it.

        One that would cancel the run in progress raises `Unknown` when there is one: this runner
        cannot take a job back.
        """
        name = name.lower()
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        if not lock.acquire(blocking=False):
            if self._holders.get(name) == run_id:
                raise Unknown(f"concurrency: a job waits for its own run in group {name!r}")
            if cancels:
                raise Unknown(f"concurrency: cancel the run in progress in group {name!r}")
            self._wait(name, lock)
        self._holders[name] = run_id
        try:
            yield
        finally:
            del self._holders[name]
            lock.release()

    def _wait(self, name: str, lock: threading.Lock) -> None:
        with self._guard:
            self._waiting[name] = self._waiting.get(name, 0) + 1
            self._guard.notify_all()
        lock.acquire()
        with self._guard:
            self._waiting[name] -= 1

    def waited(self, name: str, seconds: float) -> bool:
        """Wait until somebody waits for the group; False if nobody came in time."""
        with self._guard:
            return self._guard.wait_for(lambda: self._waiting.get(name.lower(), 0) > 0, seconds)

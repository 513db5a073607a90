"""Concurrency groups: who waits for whom, and who is dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.actions.unknown import Unknown


class Dropped(Exception):
    """A newer one came to wait for the group, which keeps only one that waits."""


@dataclass(eq=False)
class _Waiter:
    dropped: bool = False


class Groups:
    """One holder for each group at a time; the others wait in line. One that comes with the queue
    "single" takes the place of those that wait. Case does not matter in names."""

    def __init__(self) -> None:
        self._guard = threading.Condition()
        self._lines: dict[str, list[_Waiter]] = {}
        self._holders: dict[str, int] = {}

    @contextmanager
    def held(self, name: str, run_id: int, *, cancels: bool, queue: str) -> Iterator[None]:
        """Wait for the group, and hold it. Raises `Dropped` where a newer one takes the place.

        One that would cancel the run in progress raises `Unknown` when there is one: this runner
        cannot take a job back.
        """
        name = name.lower()
        with self._guard:
            line = self._lines.setdefault(name, [])
            if self._holders.get(name) == run_id:
                raise Unknown(f"concurrency: a job waits for its own run in group {name!r}")
            if name in self._holders and cancels:
                raise Unknown(f"concurrency: cancel the run in progress in group {name!r}")
            self._wait(name, line, queue)
            self._holders[name] = run_id
        try:
            yield
        finally:
            with self._guard:
                del self._holders[name]
                self._guard.notify_all()

    def _wait(self, name: str, line: list[_Waiter], queue: str) -> None:
        own = _Waiter()
        if name in self._holders and queue == "single":
            for older in line:
                older.dropped = True
            line.clear()
        line.append(own)
        self._guard.notify_all()
        self._guard.wait_for(lambda: own.dropped or (name not in self._holders and line[0] is own))
        if own.dropped:
            raise Dropped
        line.remove(own)

    def waited(self, name: str, seconds: float, count: int = 1) -> bool:
        """Wait until so many wait for the group; False if they did not come in time."""
        with self._guard:
            line = self._lines.setdefault(name.lower(), [])
            return self._guard.wait_for(
                lambda: name.lower() in self._holders and len(line) >= count, seconds
            )

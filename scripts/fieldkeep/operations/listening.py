"""Hears of each change of a key: in turn with other work, or beside it, so that none is missed
while a capture or a sync takes its time."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from fieldkeep.edges.store.kv import Seen, Store
from fieldkeep.errors import Unavailable
from fieldkeep.model import Live

_LONGEST_SECONDS: Final = 10.0


class Listener(ABC):
    """Listens to one key, from the first ``hear`` on. ``keep`` takes each of its states, in order,
    when the listener is to ``catch_up``."""

    def __init__(self, keep: Callable[[Live], None]) -> None:
        self._keep = keep
        self._states: deque[Live] = deque()

    @abstractmethod
    def hear(self, seconds: float) -> Live:
        """The key once something was heard since the last call, or when the time is up: it may
        have changed and be again what it was. May be interrupted. Raises Unavailable."""

    def catch_up(self) -> None:
        """Keep the states that were heard."""
        while self._states:
            self._keep(self._states[0])
            self._states.popleft()

    @abstractmethod
    def restart(self) -> None:
        """After a failure: the next ``hear`` begins with what is live then."""


class InTurn(Listener):
    """Asks the store only while it is listened to."""

    def __init__(self, store: Store, key: str, keep: Callable[[Live], None]) -> None:
        super().__init__(keep)
        self._store, self._key = store, key
        self._seen: Seen | None = None

    def hear(self, seconds: float) -> Live:
        self._seen = self._store.wait(self._key, self._seen, seconds)
        self._states.append(self._seen.live)
        return self._seen.live

    def restart(self) -> None:
        self._seen = None


class Beside(Listener):
    """Asks the store all the time, in a thread with a connection of its own."""

    def __init__(
        self, connect: Callable[[], Store], key: str, keep: Callable[[Live], None]
    ) -> None:
        super().__init__(keep)
        self._connect, self._key = connect, key
        self._heard: SimpleQueue[Live | Unavailable] | None = None
        self._last: Live | None = None
        self._is_news = False
        self._failure: Unavailable | None = None

    def hear(self, seconds: float) -> Live:
        if self._heard is None:
            self._heard, self._last, self._failure = SimpleQueue(), None, None
            arguments = (self._connect(), self._heard)
            threading.Thread(target=self._run, args=arguments, daemon=True, name="listen").start()
        self._collect()
        if self._failure is None and not self._is_news:
            # what is live comes at once, so that the first call has something to return
            self._take(self._heard, seconds if self._last is not None else None)
            self._collect()
        if self._failure and not self._is_news:
            raise self._failure
        assert self._last is not None
        self._is_news = False
        return self._last

    def catch_up(self) -> None:
        self._collect()
        super().catch_up()

    def _collect(self) -> None:
        while self._heard is not None and self._take(self._heard, 0):
            pass

    def _take(self, heard: SimpleQueue[Live | Unavailable], seconds: float | None) -> bool:
        """Take one item, after a wait if need be; whether there was one."""
        try:
            item = heard.get_nowait() if seconds == 0 else heard.get(timeout=seconds)
        except Empty:
            return False
        if isinstance(item, Unavailable):
            self._failure = item
        else:
            self._last, self._is_news = item, True
            self._states.append(item)
        return True

    def restart(self) -> None:
        self._heard = None  # the thread ends with its next answer

    def _run(self, store: Store, heard: SimpleQueue[Live | Unavailable]) -> None:
        seen: Seen | None = None
        while heard is self._heard:
            before = seen
            try:
                seen = store.wait(self._key, seen, _LONGEST_SECONDS)
            except Unavailable as error:
                heard.put(error)
                return
            if before is None or seen.live != before.live:
                heard.put(seen.live)

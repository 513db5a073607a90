"""Hears of each change of a key: in turn with other work, or beside it, so that none is missed
while a capture or a sync takes its time."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from fieldkeep.edges.store.kv import Seen, Store
from fieldkeep.errors import Unavailable
from fieldkeep.model import Live

_LONGEST_SECONDS: Final = 10.0


class Listener(ABC):
    """Listens to one key, from the first ``hear`` on."""

    @abstractmethod
    def hear(self, seconds: float) -> tuple[Live, ...]:
        """The states of the key since the last call, oldest first; at least one, which is the last
        known one if nothing new comes within ``seconds``. Raises Unavailable."""

    @abstractmethod
    def restart(self) -> None:
        """After a failure: the next ``hear`` begins with what is live then."""


class InTurn(Listener):
    """Asks the store only while it is listened to."""

    def __init__(self, store: Store, key: str) -> None:
        self._store, self._key = store, key
        self._seen: Seen | None = None

    def hear(self, seconds: float) -> tuple[Live, ...]:
        self._seen = self._store.wait(self._key, self._seen, seconds)
        return (self._seen.live,)

    def restart(self) -> None:
        self._seen = None


class Beside(Listener):
    """Asks the store all the time, in a thread with a connection of its own."""

    def __init__(self, connect: Callable[[], Store], key: str) -> None:
        self._connect, self._key = connect, key
        self._heard: SimpleQueue[Live | Unavailable] | None = None
        self._last: Live | None = None

    def hear(self, seconds: float) -> tuple[Live, ...]:
        if self._heard is None:
            self._heard, self._last = SimpleQueue(), None
            arguments = (self._connect(), self._heard)
            threading.Thread(target=self._run, args=arguments, daemon=True, name="listen").start()
        states: list[Live] = []
        try:
            # what is live comes at once, so that the first call has something to return
            item = self._heard.get(timeout=seconds if self._last is not None else None)
            while not isinstance(item, Unavailable):
                states.append(item)
                item = self._heard.get_nowait()
        except Empty:
            pass
        else:
            if not states:
                raise item
            self._heard.put(item)  # for the next call
        if states:
            self._last = states[-1]
        assert self._last is not None
        return tuple(states) or (self._last,)

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

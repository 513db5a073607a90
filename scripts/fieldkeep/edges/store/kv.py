"""The interface of a key/value store: read one key, wait for a change of it, commit operations on
several."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fieldkeep.core.stored.keys import Keys
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.errors import Unavailable
from fieldkeep.model import Limits, Live, Operation, Outcome


@dataclass(frozen=True, slots=True)
class Connection:
    """How a server is reached: over ``tls``, with its certificate ``verified``, on the ``local``
    machine. ``date`` is the Date header of its last answer. ``behind``: the seconds since the
    server that answered last heard of a leader; None if it does not say."""

    tls: bool
    verified: bool
    local: bool
    date: str | None
    behind: float | None = None


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """The store at ``url`` has not answered for a while. ``leaderless``: it says that it has no
    leader; None: it does not say."""

    url: str
    leaderless: bool | None


@dataclass(frozen=True, slots=True)
class WaitOver:
    """The store that kept us waiting has answered, or failed."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A read failed, and is tried again: it was the attempt ``attempt`` out of ``attempts``."""

    error: Unavailable
    attempt: int
    attempts: int


Delay = StillWaiting | WaitOver | Retrying


POLL_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """A key as a wait saw it; the next wait begins after the store's ``mark``."""

    live: Live
    mark: int = 0


class Store(ABC):
    """A failure raises Unavailable; only the store's own answer becomes Absent or Conflict."""

    url: str
    """The store's name in messages; contains no secret."""

    shared: bool
    """Whether several machines write to the store."""

    limits: Limits

    tell: Callable[[Delay], None] = staticmethod(lambda _: None)
    """Hears of what keeps a command waiting, also from another thread."""

    @abstractmethod
    def get(self, key: str) -> Live:
        """The newest committed value of a key. Raises Unavailable."""

    def wait(self, key: str, after: Seen | None, seconds: float) -> Seen:
        """The key once it differs from ``after``, or when the time is up; at once without
        ``after``. It may return early, and then nothing has changed. No change stays unseen for
        longer than ``seconds``, but of several in a row only the last may be seen. Raises
        Unavailable; what failed is not tried again."""
        end = time.monotonic() + seconds
        live = self.get(key)
        while after is not None and live == after.live and (left := end - time.monotonic()) > 0:
            time.sleep(min(POLL_SECONDS, left))
            live = self.get(key)
        return Seen(live)

    @abstractmethod
    def commit(self, operations: Sequence[Operation]) -> Outcome:
        """Apply all operations or none. Raises Refused if they exceed the limits, Unavailable if
        they were certainly not applied, Unanswered if they may have been."""

    @abstractmethod
    def denied(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The keys that we have no right to write. Writes nothing. Raises Unavailable."""

    def announce(self, name: str, payload: bytes) -> None:
        """Send an event to all who listen to the store. Raises Unavailable."""
        _ = name, payload
        raise Unavailable(f"{self.url}: this store sends no events", "use a URL in notify")

    def connection(self) -> Connection | None:
        """None for a store without a server."""
        return None

    def stale(self) -> Store:
        """The same store, to be read only: any server answers from its own copy, which may lack the
        newest writes, even if there is no leader. A store without servers has only one copy."""
        return self


def read(
    store: Store,
    keys: Keys,
    also: Iterable[str] = (),
    known: Mapping[str, Live] = MappingProxyType({}),
) -> Snapshot:
    """All keys but the ``known``, the record first and the document last: if another writer writes
    in between, the document is newer than the record, and our check-and-set on the record fails."""
    wanted = (*also, *keys.all)
    return Snapshot(keys, {key: known.get(key) or store.get(key) for key in wanted})

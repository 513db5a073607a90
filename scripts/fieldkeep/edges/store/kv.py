"""The port to a key/value store: read one key, commit several, and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fieldkeep.core.stored.keys import Keys, Snapshot
from fieldkeep.model import Limits, Live, Operation, Outcome


@dataclass(frozen=True, slots=True)
class Connection:
    """How a server is reached: with TLS, with its certificate verified, on this very machine; and
    the ``date`` that its last answer bore, as HTTP writes it."""

    tls: bool
    verified: bool
    local: bool
    date: str | None


class Store(ABC):
    """Every failure raises ``Unavailable``; Absent and Conflict are answers, never guesses."""

    url: str
    """How messages name the store; holds no secret."""

    shared: bool
    """Whether other machines write here too."""

    limits: Limits

    @abstractmethod
    def get(self, key: str) -> Live:
        """The newest committed value of one key. Raises Unavailable."""

    @abstractmethod
    def commit(self, operations: Sequence[Operation]) -> Outcome:
        """Apply all operations or none. Raises Unavailable when nothing was sent or everything was
        refused, Unanswered when it may have been applied."""

    @abstractmethod
    def denied(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Those of the keys that may not be written. Writes nothing. Raises Unavailable."""

    def connection(self) -> Connection | None:
        """None for a store that is no server."""
        return None


def read(store: Store, keys: Keys, also: Iterable[str] = ()) -> Snapshot:
    """All keys, the record first and the document last: a writer that comes between leaves the
    document newer than the record, which the check-and-set on the record then catches."""
    return Snapshot(keys, {key: store.get(key) for key in (*also, *keys.all)})

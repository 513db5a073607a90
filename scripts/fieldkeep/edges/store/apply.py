"""The only place that writes to a store: sends a journal's transactions, then reads back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fieldkeep.core.journal.journal import Journal
from fieldkeep.core.stored import record
from fieldkeep.core.stored.keys import Keys
from fieldkeep.core.stored.record import Record
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Unanswered, Unavailable
from fieldkeep.model import (
    INDEX_OF_EARLIER_WRITE,
    Absent,
    Applied,
    Check,
    Conflict,
    Delete,
    Operation,
    Outcome,
    Present,
    Put,
)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Our write is live, and nothing was written after it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The last transaction was not applied: ``keys`` had changed, or (with an ``error``) its answer
    was lost and reading showed that it was not applied. ``written`` are the keys of the journal's
    earlier writes, after which the next apply resumes."""

    keys: tuple[str, ...] = ()
    error: Unanswered | None = None
    written: tuple[str, ...] = field(default=(), compare=False)

    @property
    def begun(self) -> bool:
        return bool(self.written)


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Our write was applied, and another writer has written since."""


def apply(store: Store, keys: Keys, journal: Journal, run: str) -> Confirmed | Lost | Overtaken:
    """Send the journal; ``run`` identifies it in the record. Raises Unavailable if the store stops
    answering; the message says that nothing was written, how many of several writes were made, or
    (the answer to a write was lost, and it cannot be read back) "unknown whether applied"."""
    indexes: dict[str, int] = {}
    for done, step in enumerate(journal.steps):
        try:
            sent = commit(store, tuple(_resolved(operation, indexes) for operation in step))
        except Unavailable as error:
            if not done:
                raise
            raise Unavailable(
                f"{error}; {done} of {len(journal.steps)} writes were made",
                "run the command again when the store answers: it goes on from what is live",
            ) from error
        if isinstance(sent, Lost):
            return replace(sent, written=tuple(indexes))
        indexes |= sent.indexes
    return _read_back(store, keys, journal, run)


def commit(store: Store, operations: Sequence[Operation]) -> Applied | Lost:
    """Send one transaction, of a journal or (for a hold) alone. Raises Unavailable."""
    lost: Unanswered | None = None
    try:
        outcome = store.commit(operations)
    except Unanswered as error:
        lost = error
        outcome = _settled(store, operations, error)
    return Lost(outcome.keys, lost) if isinstance(outcome, Conflict) else outcome


def _resolved(operation: Operation, indexes: Mapping[str, int]) -> Operation:
    """The operation with INDEX_OF_EARLIER_WRITE replaced by that index."""
    if operation.expect != INDEX_OF_EARLIER_WRITE:
        return operation
    return replace(operation, expect=indexes[operation.key])


def _settled(store: Store, operations: Sequence[Operation], error: Unanswered) -> Outcome:
    """Whether a write was applied whose answer was lost. It is never simply sent again: the proof
    is that every key holds our bytes."""
    written = [operation for operation in operations if not isinstance(operation, Check)]
    try:
        live = {operation.key: store.get(operation.key) for operation in written}
    except Unavailable as unreadable:
        raise Unavailable(
            f"{error}; and then: {unreadable}: unknown whether applied",
            "run the command again when the store answers: it reads what is live first",
        ) from error

    indexes: dict[str, int] = {}
    for operation in written:
        match operation, live[operation.key]:
            case Delete(), Absent():
                pass
            case Put(key, value), Present(live_value, index) if live_value == value:
                indexes[key] = index
            case _:
                return Conflict(())
    return Applied(indexes)


def _recorded_run(store: Store, keys: Keys) -> str | None:
    decoded = record.decode(store.get(keys.record))
    return decoded.text("run") if isinstance(decoded, Record) else None


def _read_back(store: Store, keys: Keys, journal: Journal, run: str) -> Confirmed | Overtaken:
    try:
        if _recorded_run(store, keys) != run:
            return Overtaken()
        written = {op.key: op.value for step in journal.steps for op in step if isinstance(op, Put)}
        if keys.document in written:
            live = store.get(keys.document)
            if not isinstance(live, Present) or live.value != written[keys.document]:
                return Overtaken()
    except Unavailable as error:
        raise Unavailable(
            f"applied, but it could not be read back: {error}", "run `fieldkeep status`"
        ) from error
    return Confirmed()

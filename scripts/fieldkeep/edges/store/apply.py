"""The only place that writes: a journal's transactions, then a look at what is really there."""

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
    """Our write is live, and nobody wrote since."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing of the last transaction was applied: these keys had moved, or (with an ``error``)
    its answer was lost and it turned out not to have been applied. ``written``: the keys of the
    writes before it, which the next apply goes on from."""

    keys: tuple[str, ...] = ()
    error: Unanswered | None = None
    written: tuple[str, ...] = field(default=(), compare=False)

    @property
    def begun(self) -> bool:
        return bool(self.written)


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Our write was applied, and somebody has written since."""


def apply(store: Store, keys: Keys, journal: Journal, run: str) -> Confirmed | Lost | Overtaken:
    """Raises Unavailable when the store stops answering: its text says whether nothing was
    written, how many of several writes were, or (the answer to a write was lost, and the store
    cannot be asked any more) "unknown whether applied"."""
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
    """One transaction: of a journal, or alone, as a hold is set. Raises Unavailable."""
    lost: Unanswered | None = None
    try:
        outcome = store.commit(operations)
    except Unanswered as error:
        lost = error
        outcome = _settled(store, operations, error)
    return Lost(outcome.keys, lost) if isinstance(outcome, Conflict) else outcome


def _resolved(operation: Operation, indexes: Mapping[str, int]) -> Operation:
    """An operation that expects our own earlier write, with the index which that one got."""
    if operation.expect != INDEX_OF_EARLIER_WRITE:
        return operation
    return replace(operation, expect=indexes[operation.key])


def _settled(store: Store, operations: Sequence[Operation], error: Unanswered) -> Outcome:
    """What became of a write whose answer was lost. It is never sent again blindly: only our own
    bytes, found where they were to be put, prove that it was applied."""
    written = [operation for operation in operations if not isinstance(operation, Check)]
    try:
        found = {operation.key: store.get(operation.key) for operation in written}
    except Unavailable as unreadable:
        raise Unavailable(
            f"{error}; and then: {unreadable}: unknown whether applied",
            "run the command again when the store answers: it reads what is live first",
        ) from error

    indexes: dict[str, int] = {}
    for operation in written:
        match operation, found[operation.key]:
            case Delete(), Absent():
                pass
            case Put(key, value), Present() as live if live.value == value:
                indexes[key] = live.index
            case _:
                return Conflict(())
    return Applied(indexes)


def _recorded_run(store: Store, keys: Keys) -> str | None:
    found = record.decode(store.get(keys.record))
    return found.text("run") if isinstance(found, Record) else None


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

"""The only place that writes to a store: sends a journal's transactions, then reads back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fieldkeep.core.journal.journal import Journal
from fieldkeep.core.stored import record
from fieldkeep.core.stored.keys import CORRUPT, Keys
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
        """Whether anything of the apply itself was written, not only values set aside."""
        return not all(key.endswith(CORRUPT) for key in self.written)


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
            sent = _sent(store, step, indexes, run)
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
    return _read_back(store, keys, journal)


def _sent(
    store: Store, step: Sequence[Operation], indexes: Mapping[str, int], run: str
) -> Applied | Lost:
    """Send one transaction of a journal. Its trace is our run, where the journal writes it for the
    first time; another sync that came after us keeps it in the history. The last write finds the
    run in its own announcement, so that only the record's own run counts."""

    def has_trace(put: Put, value: bytes) -> bool:
        if put.key in indexes:
            decoded = record.decode(Present(value, 0, 0))
            return isinstance(decoded, Record) and decoded.text("run") == run
        return run.encode() in put.value and run.encode() in value

    return commit(store, tuple(_resolved(operation, indexes) for operation in step), has_trace)


def commit(
    store: Store,
    operations: Sequence[Operation],
    has_trace: Callable[[Put, bytes], bool] | None = None,
) -> Applied | Lost:
    """Send one transaction, of a journal or (for a hold) alone. Raises Unavailable.

    Neither a lost answer nor a conflict proves much: a load balancer that repeats a request gets a
    conflict for the second one, though the first was applied. What is live decides: our bytes in
    any key, or a value that ``has_trace`` of a write of ours. Only a conflict that leaves out a key
    with such a trace is believed at once: if the first had been applied, that key had moved.
    """
    error: Unanswered | None = None
    moved: tuple[str, ...] = ()
    try:
        match store.commit(operations):
            case Applied() as applied:
                return applied
            case Conflict(keys):
                if has_trace and _is_proven(operations, keys, has_trace):
                    return Lost(keys)
                moved = keys
    except Unanswered as unanswered:
        error = unanswered
    return _settled(store, operations, has_trace, error) or Lost(moved, error)


def _is_proven(
    operations: Sequence[Operation], moved: Sequence[str], has_trace: Callable[[Put, bytes], bool]
) -> bool:
    traces = (op for op in operations if isinstance(op, Put) and has_trace(op, op.value))
    return bool(moved) and any(put.key not in moved for put in traces)


def _resolved(operation: Operation, indexes: Mapping[str, int]) -> Operation:
    """The operation with INDEX_OF_EARLIER_WRITE replaced by that index."""
    if operation.expect != INDEX_OF_EARLIER_WRITE:
        return operation
    return replace(operation, expect=indexes[operation.key])


def _settled(
    store: Store,
    operations: Sequence[Operation],
    has_trace: Callable[[Put, bytes], bool] | None,
    error: Unanswered | None,
) -> Applied | None:
    """Whether a transaction was applied that was not said to be. It is never simply sent again."""
    written = [operation for operation in operations if not isinstance(operation, Check)]
    try:
        live = {operation.key: store.get(operation.key) for operation in written}
    except Unavailable as unreadable:
        conflict = f"{store.url}: the write met a conflict, or was repeated"
        raise Unavailable(
            f"{error or conflict}; and then: {unreadable}: unknown whether applied",
            "run the command again when the store answers: it reads what is live first",
        ) from unreadable

    proven = False
    indexes: dict[str, int] = {}
    for operation in written:
        match operation, live[operation.key]:
            case Delete(), Absent():
                proven = True
            case Put(key, value, expect) as put, Present(live_value, index):
                # with the index that we read, it was there before
                is_ours = live_value == value and index != expect
                proven |= is_ours or (has_trace is not None and has_trace(put, live_value))
                # the index of a value that was written over matches nothing any more
                indexes[key] = index if is_ours else expect
            case Put(key, _, expect), Absent():
                indexes[key] = expect
    return Applied(indexes) if proven else None


def _read_back(store: Store, keys: Keys, journal: Journal) -> Confirmed | Overtaken:
    """Whether the document is as we wrote it; without one, the record, or what was set aside."""
    try:
        written = {op.key: op.value for step in journal.steps for op in step if isinstance(op, Put)}
        own = next((key for key in (keys.document, keys.record) if key in written), None)
        for key in [own] if own else sorted(written):
            live = store.get(key)
            if not isinstance(live, Present) or live.value != written[key]:
                return Overtaken()
    except Unavailable as error:
        raise Unavailable(
            f"applied, but it could not be read back: {error}", "run `fieldkeep status`"
        ) from error
    return Confirmed()

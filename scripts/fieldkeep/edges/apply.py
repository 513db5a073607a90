"""The only place that writes: a journal's transactions, then a look at what is really there."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkeep.core import record
from fieldkeep.core.journal import Journal
from fieldkeep.core.keys import Keys
from fieldkeep.core.record import Record
from fieldkeep.edges.kv import Store
from fieldkeep.errors import Unanswered, Unavailable
from fieldkeep.model import Conflict, Present, Put


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Our write is live, and nobody wrote since."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing of the last transaction was applied: these keys had moved (none named: unknown)."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Our write was applied, and somebody has written since."""


def apply(store: Store, keys: Keys, journal: Journal, run: str) -> Confirmed | Lost | Overtaken:
    """Raises Unavailable (nothing applied) or, with "unknown whether applied", when the answer to
    a write was lost and the store cannot be asked any more."""
    for step in journal.steps:
        try:
            outcome = store.commit(step)
        except Unanswered as error:
            # Never sent again blindly: our run in the record is the only proof.
            if not _is_ours(store, keys, run, error):
                return Lost(())
            continue
        if isinstance(outcome, Conflict):
            return Lost(outcome.keys)
    return _read_back(store, keys, journal, run)


def _is_ours(store: Store, keys: Keys, run: str, error: Unanswered) -> bool:
    try:
        return _recorded_run(store, keys) == run
    except Unavailable as unreadable:
        raise Unavailable(
            f"{error}; and then: {unreadable}: unknown whether applied",
            "run the command again when the store answers: it reads what is live first",
        ) from error


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

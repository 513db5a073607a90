"""The backups that an apply adds: of the live edit that it replaces, and of its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fieldkeep.core.document import attributes
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored import backups
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.record import Owned, Record
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Json, Writer


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to apply. ``run`` is unique: by it we recognize our own write."""

    run: str
    now: datetime
    reason: str
    writer: Writer


@dataclass(frozen=True, slots=True)
class TargetState:
    """The document to write, the values that git owns in it, and how many backups to keep."""

    document: Document
    owned: Owned
    depth: int = 10


def is_backed_up(document: Document, stored: StoreState) -> bool:
    """Whether the newest backup of ours holds this document's customizations and structure."""
    newest = stored.history.newest_of_ours
    return newest is not None and newest.document.substance == document.substance


def backup_of_live_edit(stored: StoreState, run: Run, *, is_replaced: bool) -> Backup | None:
    """The entry for a live document that we did not write; None if a backup holds it already: our
    newest, or one that another writer has put on top of it."""
    live = stored.document
    if not isinstance(live, Document) or is_backed_up(live, stored):
        return None
    if is_replaced and _stands_on_top(live, stored):
        return None
    commit = stored.record.text("commit") if isinstance(stored.record, Record) else None
    writer = replace(run.writer, commit=commit)
    owned = still_owned(live, stored.base)
    return _entry(live, owned, backups.LIVE_EDIT, writer, stored, run, below=())


def backup_of_result(
    stored: StoreState, target: TargetState, run: Run, below: Sequence[Backup]
) -> Backup | None:
    """The entry for the document that the apply writes; None if the newest entry holds it already.
    ``below`` are the entries that this apply adds under it."""
    top = below[0] if below else stored.history.newest_of_ours
    if top is not None and top.document.substance == target.document.substance:
        return None
    return _entry(target.document, target.owned, run.reason, run.writer, stored, run, below)


def _stands_on_top(live: Document, stored: StoreState) -> bool:
    """Whether the newest valid entry that differs from our newest one holds the live document."""
    newest = stored.history.newest_of_ours
    result = None if newest is None else newest.document.substance
    states = (entry.document.substance for entry in stored.history.valid)
    return next((state for state in states if state != result), None) == live.substance


def still_owned(live: Document, base: Owned) -> dict[str, dict[str, Json]]:
    """What git still owns in a live document: the values of the base that nobody changed since. The
    entry of a live edit must not claim that git set the edited values."""
    owned: dict[str, dict[str, Json]] = {}
    for name in sorted(live.fields.keys() & base.keys()):
        values = attributes.field_values(live.fields[name])
        owned[name] = {
            attribute: value
            for attribute, value in base[name].items()
            if attributes.same(attribute, values.get(attribute), value)
        }
    return owned


def _entry(
    document: Document,
    owned: Owned,
    reason: str,
    writer: Writer,
    stored: StoreState,
    run: Run,
    below: Sequence[Backup],
) -> Backup:
    history = stored.history
    entries = [*below, *history.entries]
    return backups.create(
        document,
        owned,
        writer,
        reason=reason,
        run=run.run,
        # the serial of an unconfirmed entry is used again: a gap would look like a removed entry
        serial=backups.next_serial(entries, stored.recorded_serial),
        timestamp=backups.next_timestamp(run.now, [*entries, *history.unconfirmed]),
    )

"""Which backups an apply adds: what it replaces, if nothing holds that yet, and what it leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fieldkeep.core.document import attributes
from fieldkeep.core.document.document import Document, substance
from fieldkeep.core.stored import backups
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.record import Owned, Record
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Json, Writer


@dataclass(frozen=True, slots=True)
class Run:
    """This attempt: a fresh ``run`` is how we know our own write again."""

    run: str
    now: datetime
    reason: str
    writer: Writer


@dataclass(frozen=True, slots=True)
class TargetState:
    """The document to be live, what git owns in it, and how many backups to keep."""

    document: Document
    owned: Owned
    depth: int = 10


def backed_up(document: Document, stored: StoreState) -> bool:
    """Whether the newest backup of ours holds this document's customizations and structure."""
    newest = stored.history.newest_of_ours
    return newest is not None and substance(newest.document) == substance(document)


def backup_of_live_edit(stored: StoreState, run: Run) -> dict[str, Json] | None:
    """The entry that keeps what somebody else made live, if no backup holds it yet."""
    live = stored.document
    if not isinstance(live, Document) or backed_up(live, stored):
        return None
    before = stored.record.text("commit") if isinstance(stored.record, Record) else None
    writer = replace(run.writer, commit=before)
    return _entry(
        live.raw, _names(still_owned(live, stored.base)), backups.LIVE_EDIT, writer, stored, run, []
    )


def backup_of_result(
    stored: StoreState, target: TargetState, run: Run, before: Sequence[Json]
) -> dict[str, Json] | None:
    """The entry for what the apply leaves live, unless the newest one holds just that. ``before``
    are the entries that this apply adds below it."""
    top = backups.parse(before[0]) if before else stored.history.newest_of_ours
    if isinstance(top, Backup) and substance(top.document) == substance(target.document):
        return None
    return _entry(
        target.document.raw, _names(target.owned), run.reason, run.writer, stored, run, before
    )


def _names(owned: Owned) -> dict[str, list[str]]:
    return {name: list(listed) for name, listed in owned.items()}


def still_owned(live: Document, base: Owned) -> dict[str, dict[str, Json]]:
    """What git owns of a document that others edited: an entry must not say that git had set what
    somebody else wrote over it."""
    owned: dict[str, dict[str, Json]] = {}
    for name in sorted(live.fields.keys() & base.keys()):
        side = attributes.field_values(live.fields[name])
        owned[name] = {
            unit: value
            for unit, value in base[name].items()
            if attributes.same(unit, side.get(unit), value)
        }
    return owned


def _entry(
    data: Mapping[str, Json],
    owned: Mapping[str, Sequence[str]],
    reason: str,
    writer: Writer,
    stored: StoreState,
    run: Run,
    before: Sequence[Json],
) -> dict[str, Json]:
    recorded = stored.record.serial if isinstance(stored.record, Record) else 0
    history = stored.history
    added = [backups.parse(entry) for entry in before]
    taken = [*added, *history.entries, *history.unconfirmed]
    return backups.create(
        data,
        owned,
        writer,
        reason=reason,
        run=run.run,
        # an unconfirmed entry is replaced, number and all: a gap would mean that one was taken out
        serial=backups.next_serial([*added, *history.entries], recorded),
        timestamp=backups.next_timestamp(run.now, taken),
    )

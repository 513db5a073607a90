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
from fieldkeep.model import Json, WriteContext


@dataclass(frozen=True, slots=True)
class Run:
    """This attempt: a fresh ``run`` is how we know our own write again."""

    run: str
    now: datetime
    reason: str
    origin: WriteContext


@dataclass(frozen=True, slots=True)
class TargetState:
    """The document to be live, what git owns in it, and how many backups to keep."""

    document: Document
    owned: Owned
    depth: int = 10


def backed_up(document: Document, known: StoreState) -> bool:
    """Whether the newest backup of ours holds this document's customizations and structure."""
    newest = known.shelf.newest_of_ours
    return newest is not None and substance(newest.document) == substance(document)


def backup_of_live_edit(known: StoreState, run: Run) -> dict[str, Json] | None:
    """The entry that keeps what somebody else made live, if no backup holds it yet."""
    live = known.state
    if not isinstance(live, Document) or backed_up(live, known):
        return None
    before = known.record.text("commit") if isinstance(known.record, Record) else None
    origin = replace(run.origin, commit=before)
    return _entry(
        live.raw, _names(still_owned(live, known.base)), backups.LIVE_EDIT, origin, known, run, []
    )


def backup_of_result(
    known: StoreState, wanted: TargetState, run: Run, before: Sequence[Json]
) -> dict[str, Json] | None:
    """The entry for what the apply leaves live, unless the newest one holds just that. ``before``
    are the entries that this apply adds below it."""
    top = backups.parse(before[0]) if before else known.shelf.newest_of_ours
    if isinstance(top, Backup) and substance(top.document) == substance(wanted.document):
        return None
    return _entry(
        wanted.document.raw, _names(wanted.owned), run.reason, run.origin, known, run, before
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
            if attributes.same(unit, side.says(unit), value)
        }
    return owned


def _entry(
    data: Mapping[str, Json],
    owned: Mapping[str, Sequence[str]],
    reason: str,
    origin: WriteContext,
    known: StoreState,
    run: Run,
    before: Sequence[Json],
) -> dict[str, Json]:
    recorded = known.record.serial if isinstance(known.record, Record) else 0
    shelf = known.shelf
    added = [backups.parse(entry) for entry in before]
    taken = [*added, *shelf.entries, *shelf.unconfirmed]
    return backups.create(
        data,
        owned,
        origin,
        reason=reason,
        run=run.run,
        # an unconfirmed entry is replaced, number and all: a gap would mean that one was taken out
        serial=backups.next_serial([*added, *shelf.entries], recorded),
        timestamp=backups.next_timestamp(run.now, taken),
    )

"""The state of the store, decoded: document, backups and record, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldkeep.core.document import attributes
from fieldkeep.core.document import document as documents
from fieldkeep.core.document.document import Document, DocumentState, Foreign
from fieldkeep.core.stored import backups, hold, record
from fieldkeep.core.stored.backups import Backup, BackupHistory
from fieldkeep.core.stored.keys import BACKUP, HISTORY, RECORD
from fieldkeep.core.stored.record import (
    DamagedRecord,
    NoRecord,
    Owned,
    Pending,
    Record,
    UnconfirmedBases,
    UnknownRecord,
)
from fieldkeep.core.stored.references import filled_in
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.model import Json, Present


@dataclass(frozen=True, slots=True)
class StoreState:
    """What the store holds, decoded. Every attempt reads it anew. ``recreated``: the document was
    created after our last write. ``may_be_applied``: an apply was interrupted, and the document was
    written after it began, perhaps by that apply."""

    document: DocumentState
    history: BackupHistory
    record: Record | NoRecord
    recreated: bool = False
    may_be_applied: bool = False

    @property
    def interrupted_apply(self) -> Pending | None:
        """An apply that has begun and whose document is not live, or not any more."""
        if isinstance(self.record, Record) and not self.record.pending_was_applied:
            return self.record.pending
        return None

    @property
    def commit(self) -> str | None:
        """The newest commit whose fields are live, or may be."""
        if self.interrupted_apply and self.may_be_applied:
            return self.interrupted_apply.commit
        return self.record.text("commit") if isinstance(self.record, Record) else None

    @property
    def foreign(self) -> str | None:
        """What a key holds that was never ours, if one does: without a record and a backup of ours
        nothing tells that a value which we cannot read is a damaged one."""
        is_ours = isinstance(self.record, Record | UnknownRecord) or self.history.newest_of_ours
        if is_ours:
            return None
        if isinstance(self.document, Foreign):
            return self.document.reason
        if isinstance(self.record, DamagedRecord):
            return f"{RECORD}: {self.record.reason}"
        return next((str(problem) for problem in self.history.problems if problem.foreign), None)

    @property
    def recorded_serial(self) -> int:
        """The serial in the record; 0 without a record."""
        return self.record.serial if isinstance(self.record, Record) else 0

    @property
    def previous_backup(self) -> Backup | None:
        """Our newest backup. If an interrupted apply was repairing a recreated document: our newest
        backup from before that repair."""
        newest = self.history.newest_of_ours
        interrupted = self.interrupted_apply
        if isinstance(self.record, Record) and (unmerged := self.record.unmerged):
            return self.history.newest_up_to(unmerged.serial) or newest
        if interrupted and interrupted.recreated:
            return self.history.newest_up_to(self.recorded_serial) or newest
        return newest

    @property
    def restored_from(self) -> Backup | None:
        """The backup that stands in for a missing, empty or corrupt document."""
        return None if isinstance(self.document, Document) else self.history.newest

    @property
    def effective(self) -> Document | None:
        """The live document, or that of the backup that stands in for it."""
        if isinstance(self.document, Document):
            return self.document
        return self.restored_from.document if self.restored_from else None

    @property
    def servers(self) -> Mapping[str, Mapping[str, Json]]:
        """The last known status of each server: from live, else from the newest backup."""
        newest = self.history.newest
        backed_up = newest.document.servers if newest else {}
        return {**backed_up, **(self.effective.servers if self.effective else {})}

    @property
    def base(self) -> Owned:
        """What git had set at the last apply, from the record or else our newest backup. Attributes
        that only an interrupted apply set are included."""
        owned = (
            self.record.owned
            if isinstance(self.record, Record)
            else owned_by(self.history.newest_of_ours)
        )
        unconfirmed = self.unconfirmed_bases
        return {
            name: {
                **{a: values[0] for a, values in unconfirmed.get(name, {}).items()},
                **owned.get(name, {}),
            }
            for name in owned.keys() | unconfirmed.keys()
        }

    @property
    def unconfirmed_bases(self) -> UnconfirmedBases:
        """What git set in interrupted applies. The merge accepts each of these values as a base."""
        if isinstance(self.record, Record):
            return record.pending_bases(self.interrupted_apply) if self.interrupted_apply else {}
        # Without a record, the newest backup may be of an apply that never reached the document;
        # then the backup before it holds what git owned.
        applied = [
            b for b in self.history.valid if b.ours and b.text("reason") != backups.LIVE_EDIT
        ]
        match self.document, applied:
            case Document() as live, [newest, before, *_]:
                if newest.document.substance != live.substance:
                    return record.as_bases(owned_by(before))
        return {}


def owned_by(backup: Backup | None) -> Owned:
    """The attributes that git owned when a backup was taken, with their values there."""
    if backup is None:
        return {}
    owned: dict[str, dict[str, Json]] = {}
    for name, names in backup.owned.items():
        values = attributes.flatten(backup.document.fields.get(name, {}))
        owned[name] = {attribute: values[attribute] for attribute in names if attribute in values}
    return owned


def decode(snapshot: Snapshot) -> StoreState:
    """The values of the keys, decoded."""
    keys = snapshot.keys
    live, recorded = snapshot[keys.document], snapshot[keys.record]
    current = record.decode(recorded)
    document = documents.decode(live)
    history = backups.decode_history(snapshot[keys.backup], snapshot[keys.history])
    if isinstance(current, Record):
        states = [document] if isinstance(document, Document) else []
        current = filled_in(current, [*states, *(entry.document for entry in history.valid)])
        current = record.resolve_pending(current, live)
    recreated = may_be_applied = False
    if isinstance(current, Record) and isinstance(recorded, Present):
        recreated = isinstance(live, Present) and live.created > recorded.index
        recreated = recreated or (current.unmerged is not None and current.unmerged.recreated)
        pending = current.pending
        if pending and not current.pending_was_applied:
            # announcing the repair moved the record's index past the recreation
            recreated = recreated or pending.recreated
            written_since = isinstance(live, Present) and live.index > recorded.index
            may_be_applied = pending.may_be_applied or written_since
            history = history.confirmed_up_to(current.serial, {pending.run, *pending.earlier_runs})
    return StoreState(document, history, current, recreated, may_be_applied)


def is_inconsistent_read(stored: StoreState) -> bool:
    """Whether a backup is newer than the record: another apply wrote between our reads."""
    newest = stored.history.newest_of_ours
    return (
        isinstance(stored.record, Record)
        and stored.record.pending is None
        and newest is not None
        and newest.serial > stored.record.serial
    )


def expected_serials(stored: StoreState) -> frozenset[int]:
    """The serials that the history should have: those that the record lists; without such a list
    all between the first and the last; without a usable record those that are there."""
    present = [serial for e in stored.history.entries if (serial := backups.serial_of(e))]
    if not isinstance(stored.record, Record) or stored.record.pending or not present:
        return frozenset(present)
    if stored.record.backups is None:
        return frozenset(range(min(present), max(present) + 1))
    return frozenset(stored.record.backups)


def damaged_keys(snapshot: Snapshot, stored: StoreState) -> tuple[str, ...]:
    """The keys whose values an apply may have to set aside."""
    keys = snapshot.keys
    live = stored.document
    unread = isinstance(live, Document) and bool(live.damaged or live.unread)
    suffixes = {problem.suffix for problem in stored.history.problems}
    is_damaged = {
        keys.document: isinstance(live, Foreign) or unread,
        keys.backup: BACKUP in suffixes,
        keys.history: HISTORY in suffixes,
        keys.record: isinstance(stored.record, DamagedRecord),
        keys.hold: hold.is_foreign(snapshot[keys.hold]),
    }
    return tuple(key for key, damaged in is_damaged.items() if damaged)


def problems(stored: StoreState) -> tuple[str, ...]:
    """A line for each damage in the store."""
    lines = []
    if isinstance(stored.document, Document):
        live = stored.document
        lines += [f"live {problem}" for problem in (*live.damaged, *live.unread)]
        if documents.readable(live.raw) != live.raw:
            lines.append(
                "live has the keys 'data' and 'meta' beside its fields: some readers would take it"
                " for a wrapper; a sync leaves them out, and the history keeps them"
            )
    lines += [f"damaged {problem}" for problem in stored.history.problems]
    if isinstance(stored.record, DamagedRecord):
        lines.append(f"damaged .sync: {stored.record.reason}")
    return tuple(lines)

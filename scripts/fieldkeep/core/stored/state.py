"""The two sides that a merge brings together: what is wanted, and what the store holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldkeep.core.document import attributes, document
from fieldkeep.core.document.document import Corrupt, Document, DocumentState
from fieldkeep.core.stored import backups, record
from fieldkeep.core.stored.backups import Backup, BackupHistory
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.record import NoRecord, Owned, Pending, Record, UnconfirmedBases
from fieldkeep.model import Json, Present


@dataclass(frozen=True, slots=True)
class StoreState:
    """What the store holds, decoded. Read anew at every attempt. ``may_be_applied``: an apply was
    interrupted, and the document was written since, perhaps by that apply."""

    document: DocumentState
    history: BackupHistory
    record: Record | NoRecord
    recreated: bool = False
    may_be_applied: bool = False

    @property
    def unfinished(self) -> Pending | None:
        """An apply that was begun and cut off, of which nobody knows how far it came."""
        found = self.record
        return found.pending if isinstance(found, Record) and not found.was_applied else None

    @property
    def commit(self) -> str | None:
        """The newest commit whose fields are live, or may be."""
        if self.unfinished and self.may_be_applied:
            return self.unfinished.commit
        return self.record.text("commit") if isinstance(self.record, Record) else None

    @property
    def previous_backup(self) -> Backup | None:
        """The backup whose values were there before live's: the newest of ours; for a document
        that an apply was about to repair, not what that apply found it to be."""
        if self.unfinished and self.unfinished.recreated and isinstance(self.record, Record):
            found = self.history.newest_up_to(self.record.serial)
            return found or self.history.newest_of_ours
        return self.history.newest_of_ours

    @property
    def restored_from(self) -> Backup | None:
        """The backup that stands in for a document that is gone, empty or corrupt."""
        return None if isinstance(self.document, Document) else self.history.newest

    @property
    def effective(self) -> Document | None:
        if isinstance(self.document, Document):
            return self.document
        return self.restored_from.document if self.restored_from else None

    @property
    def servers(self) -> Mapping[str, Mapping[str, Json]]:
        """How each server answered last: live's word, else the newest backup's."""
        newest = self.history.newest
        kept = newest.document.servers if newest else {}
        return {**kept, **(self.effective.servers if self.effective else {})}

    @property
    def base(self) -> Owned:
        """What git had set at the last apply: the record, else the newest backup of ours; after an
        apply that was cut off, also what only that one set."""
        owned = (
            self.record.owned
            if isinstance(self.record, Record)
            else owned_by(self.history.newest_of_ours)
        )
        unconfirmed_bases = self.unconfirmed_bases
        return {
            name: {
                **{unit: values[0] for unit, values in unconfirmed_bases.get(name, {}).items()},
                **owned.get(name, {}),
            }
            for name in owned.keys() | unconfirmed_bases.keys()
        }

    @property
    def unconfirmed_bases(self) -> UnconfirmedBases:
        """What git set in applies of which nobody knows how far they came: more bases."""
        if isinstance(self.record, Record):
            return record.pending_bases(self.unfinished) if self.unfinished else {}
        # Without a record, the newest backup may be of an apply that never reached the document;
        # then what git owned stands in the one before.
        applied = [
            b for b in self.history.valid if b.ours and b.text("reason") != backups.LIVE_EDIT
        ]
        match self.document, applied:
            case Document() as live, [newest, before, *_] if document.substance(
                newest.document
            ) != document.substance(live):
                return record.as_bases(owned_by(before))
        return {}


def owned_by(backup: Backup | None) -> Owned:
    """The units that git owned when a backup was taken, with their values there."""
    if backup is None:
        return {}
    owned: dict[str, dict[str, Json]] = {}
    for name, listed in backup.owned.items():
        side = attributes.field_values(backup.document.fields.get(name, {}))
        owned[name] = {unit: side.values[unit] for unit in listed if unit in side.values}
    return owned


def decode(snapshot: Snapshot) -> StoreState:
    """What the keys hold. Raises Refused for a record that a newer fieldkeep wrote."""
    keys = snapshot.keys
    live, recorded = snapshot[keys.document], snapshot[keys.record]
    found = record.decode(recorded)
    if isinstance(found, Record):
        found = record.resolve_pending(found, live)
    history = backups.decode_history(snapshot[keys.backup], snapshot[keys.history])
    recreated = may_be_applied = False
    if isinstance(found, Record) and isinstance(recorded, Present):
        recreated = isinstance(live, Present) and live.created > recorded.index
        pending = found.pending
        if pending and not found.was_applied:
            # announcing the repair moved the record's index past the recreation
            recreated = recreated or pending.recreated
            may_be_applied = isinstance(live, Present) and live.index > recorded.index
            history = history.confirmed_up_to(found.serial, {pending.run, *pending.runs})
    return StoreState(document.decode(live), history, found, recreated, may_be_applied)


def is_inconsistent_read(stored: StoreState) -> bool:
    """Whether a backup is newer than the record: a writer came between our reads."""
    newest = stored.history.newest_of_ours
    return (
        isinstance(stored.record, Record)
        and stored.record.pending is None
        and newest is not None
        and newest.serial > stored.record.serial
    )


def damaged_keys(snapshot: Snapshot, stored: StoreState) -> tuple[str, ...]:
    """The keys whose values cannot be used and would be overwritten."""
    keys = snapshot.keys
    named = {problem.split(":", 1)[0].split("[", 1)[0] for problem in stored.history.problems}
    found = {
        keys.document: isinstance(stored.document, Corrupt),
        keys.backup: ".backup" in named,
        keys.history: ".backup.history" in named,
        keys.record: isinstance(stored.record, NoRecord) and bool(stored.record.reason),
    }
    return tuple(key for key, is_damaged in found.items() if is_damaged)


def problems(stored: StoreState) -> tuple[str, ...]:
    """What was damaged in the store, a line each."""
    found = (
        [f"live {problem}" for problem in stored.document.damaged]
        if isinstance(stored.document, Document)
        else []
    )
    found += [f"damaged {problem}" for problem in stored.history.problems]
    if isinstance(stored.record, NoRecord) and stored.record.reason:
        found.append(f"damaged .sync: {stored.record.reason}")
    return tuple(found)

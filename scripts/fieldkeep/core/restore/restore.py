"""What putting a backup back would change, and what the next sync would make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.common.words import first_few
from fieldkeep.core.document.difference import Difference, differences
from fieldkeep.core.document.document import Document, around_fields, compare, readable
from fieldkeep.core.document.document_schema import DocumentSchema
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.entries import still_owned
from fieldkeep.core.journal.journal import Journal, Run, TargetState
from fieldkeep.core.labels.server_status import with_strict_servers
from fieldkeep.core.merge.assemble import checked
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan import guards
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.plan.plan import Action
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.core.restore.afterwards import reverted_by_next_sync
from fieldkeep.core.restore.complete import completed
from fieldkeep.core.restore.one_field import Part, put_back
from fieldkeep.core.stored import hold as holds
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState, owned_by
from fieldkeep.errors import InputError, Refused
from fieldkeep.model import Json, Limits, Writer


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """Who writes, the schema that the document must satisfy, how many backups the history holds
    (``depth``), what the user ``allowed`` by flag, and whether a hold may keep the next sync from
    reverting the restore."""

    writer: Writer
    schema: DocumentSchema
    depth: int = 10
    allowed: Allowed = field(default_factory=Allowed)
    hold: bool = True
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class Restoration:
    """A backup about to be put back. ``changes`` are the differences from live, by field;
    ``around`` those of the document around its fields.
    ``reverted_by_next_sync`` names fields; the field files were there to tell if
    ``knows_field_files``. ``current_hold`` is in the store, ``hold_until`` the end of the hold that
    the restore sets."""

    backup: Backup
    snapshot: Snapshot
    stored: StoreState
    target: TargetState
    writer: Writer
    thresholds: Thresholds
    changes: Mapping[str, tuple[Difference, ...]]
    around: tuple[Difference, ...]
    reverted_by_next_sync: tuple[str, ...]
    knows_field_files: bool
    current_hold: Hold | None
    hold_until: datetime | None

    @property
    def puts_something_back(self) -> bool:
        return bool(self.changes or self.around)

    def action(self, name: str) -> Action:
        if name not in _live_fields(self.stored):
            return Action.CREATE
        return Action.UPDATE if name in self.target.document.fields else Action.DELETE

    def warnings(self) -> tuple[str, ...]:
        """The numbers at which a guard would refuse a sync. A restore, which somebody asked for by
        name, is only warned of them."""
        live = _live_fields(self.stored)
        deleted = [name for name in self.changes if self.action(name) is Action.DELETE]
        changed = [name for name in self.changes if self.action(name) is Action.UPDATE]
        compared = live.keys() & self.target.document.fields.keys()
        warnings = []
        if deleted and self.thresholds.many_deletes(len(deleted), len(live)):
            names = first_few(deleted)
            warnings.append(f"{len(deleted)} of {len(live)} fields would be deleted ({names})")
        if self.thresholds.many_changes(len(changed), len(compared)):
            names = first_few(changed)
            warnings.append(f"{len(changed)} of {len(compared)} fields would change ({names})")
        return tuple(warnings)

    def journal(self, run: Run, limits: Limits) -> Journal:
        """What to write. Raises Refused if it does not fit the store's limits."""
        hold = None
        if self.hold_until:
            value = holds.create(
                self.hold_until,
                f"restored: {run.reason}",
                run.writer.actor,
                self.hold_until - holds.AFTER_RESTORE,
                holds.BY_RESTORE,
                self.reverted_by_next_sync,
            )
            hold = holds.put(self.snapshot, value)
        return journal.write(self.snapshot, self.stored, self.target, run, limits, hold)


def restoration(
    backup: Backup,
    snapshot: Snapshot,
    stored: StoreState,
    options: RestoreOptions,
    *,
    desired: Desired | None,
    now: datetime,
    part: Part | None = None,
) -> Restoration:
    """Prepares a restore, of all of it or of one ``part``; ``desired`` is None without usable field
    files. What git owned in the backup becomes the new base. Raises Refused for a hold or another
    owner, InputError for a backup that the document schema refuses today."""
    hold = holds.decode(snapshot[snapshot.keys.hold], now)
    writer = _permitted_writer(stored, hold, options)
    put = put_back(backup, stored, part) if part else None
    raw = with_strict_servers(readable(put.raw if put else backup.document.raw))
    head = {"last_updated": rfc3339(now)}
    raw = completed({**raw, **head}, _live_fields(stored), options.schema, rfc3339(now))
    document = _accepted(raw, options.schema)
    live = stored.document if isinstance(stored.document, Document) else None
    names = compare(live, document).fields if live else tuple(sorted(document.fields))
    before = _live_fields(stored)
    knows_owned = "owned" in backup.raw or "owned_gz" in backup.raw
    owned = owned_by(backup) if knows_owned else still_owned(document, stored.base)
    owned = put.owned if put else owned
    target = TargetState(document, owned, options.depth)
    reverted = reverted_by_next_sync(target, stored, desired) if names else ()
    reverted = tuple(n for n in reverted if part is None or n == part.field)
    # a hold that somebody set stays as it is, with its reason and its end
    may_hold = options.hold and (hold is None or hold.by_restore)
    needs_hold = bool(names) and (bool(reverted) or desired is None)
    return Restoration(
        backup,
        snapshot,
        stored,
        target,
        replace(writer, commit=stored.commit if part else backup.text("commit"), dirty=False),
        options.thresholds,
        changes={name: differences(before.get(name), document.fields.get(name)) for name in names},
        around=differences(around_fields(live), around_fields(document)) if live else (),
        reverted_by_next_sync=reverted,
        knows_field_files=desired is not None,
        current_hold=hold,
        hold_until=now + holds.AFTER_RESTORE if may_hold and needs_hold else None,
    )


def _accepted(raw: Mapping[str, Json], schema: DocumentSchema) -> Document:
    if misfits := schema.misfits(raw):
        raise InputError(
            f"this backup holds what consumers would refuse: {'; '.join(misfits[:5])}",
            "restore another one, or one of its fields: `fieldkeep restore N FIELD`",
        )
    return checked(raw, schema)


def _permitted_writer(stored: StoreState, hold: Hold | None, options: RestoreOptions) -> Writer:
    """The writer with its owner: without git, the document stays with its recorded owner. Raises
    Refused for a hold or another owner."""
    if hold and not hold.by_restore and not options.allowed.hold:
        raise Refused(
            str(hold), "if this is meant: --override-hold; `fieldkeep release` ends the hold"
        )
    recorded = stored.record.text("owner") if isinstance(stored.record, Record) else None
    owner = options.writer.owner or recorded
    for refusal in guards.foreign_owner(stored, owner, options.allowed):
        raise Refused(refusal.message, f"if this is meant: {refusal.flag}")
    return replace(options.writer, owner=owner)


def _live_fields(stored: StoreState) -> Mapping[str, Mapping[str, Json]]:
    return stored.document.fields if isinstance(stored.document, Document) else {}

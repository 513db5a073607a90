"""Which backup is meant, what putting it back would change, and what comes after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from fieldkeep.core.common.times import parse_time, rfc3339
from fieldkeep.core.common.words import first_few
from fieldkeep.core.document.difference import Difference, differences
from fieldkeep.core.document.document import Document, compare
from fieldkeep.core.document.document_schema import DocumentSchema
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.entries import still_owned
from fieldkeep.core.journal.journal import Journal, Run, TargetState
from fieldkeep.core.merge.assemble import checked
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan import guards
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.plan.plan import Action
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.core.restore.afterwards import reverted_by_next_sync
from fieldkeep.core.stored import hold as holds
from fieldkeep.core.stored.backups import Backup, BackupHistory, Damaged
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.state import StoreState, owned_by
from fieldkeep.errors import InputError, Refused
from fieldkeep.model import Limits, Writer

_SHORTEST_COMMIT = 7


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """Under which a restore is asked for: how many backups to keep, by flag what is allowed, and
    whether a hold is to keep the next sync from undoing it."""

    depth: int = 10
    allowed: Allowed = field(default_factory=Allowed)
    hold: bool = True
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class Restoration:
    """A backup about to be put back, with the fields that would differ from live, those that the
    next sync would change again (``foretold``: with the field files at hand), and the end of the
    hold that comes with it."""

    backup: Backup
    snapshot: Snapshot
    stored: StoreState
    target: TargetState
    writer: Writer
    changes: Mapping[str, tuple[Difference, ...]]
    reverted_by_next_sync: tuple[str, ...] = ()
    foretold: bool = False
    until: datetime | None = None
    held: Hold | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)

    def action(self, name: str) -> Action:
        live = self.stored.document.fields if isinstance(self.stored.document, Document) else {}
        if name not in live:
            return Action.CREATE
        return Action.UPDATE if name in self.target.document.fields else Action.DELETE

    def warnings(self) -> tuple[str, ...]:
        """The numbers at which a guard would stop a sync; a restore is asked for by name."""
        live = self.stored.document.fields if isinstance(self.stored.document, Document) else {}
        going = [name for name in self.changes if self.action(name) is Action.DELETE]
        changed = [name for name in self.changes if self.action(name) is Action.UPDATE]
        compared = live.keys() & self.target.document.fields.keys()
        found = []
        if going and self.thresholds.many_deletes(len(going), len(live)):
            names = first_few(going)
            found.append(f"{len(going)} of {len(live)} fields would be deleted ({names})")
        if self.thresholds.many_changes(len(changed), len(compared)):
            names = first_few(changed)
            found.append(f"{len(changed)} of {len(compared)} fields would change ({names})")
        return tuple(found)

    def journal(self, run: Run, limits: Limits) -> Journal:
        """What to write. Raises Refused if it does not fit the store's limits."""
        hold = None
        if self.until:
            reason = f"restored: {run.reason}"
            made = holds.create(self.until, reason, run.writer.actor, run.now, holds.BY_RESTORE)
            hold = holds.put(self.snapshot, made)
        return journal.write(self.snapshot, self.stored, self.target, run, limits, hold)


def choose(history: BackupHistory, which: str | None) -> Backup:
    """By index (entry 0 is what is live, so None means 1), by time (the newest one not after it)
    or by commit. Raises InputError that lists what there is."""
    if not history.entries:
        raise InputError("there is no backup", "`fieldkeep sync` rebuilds everything from git")
    chosen = history.entries[_index(history, which or "1")]
    if isinstance(chosen, Damaged):
        raise InputError(
            f"this backup is damaged: {chosen.reason}", "choose another: `fieldkeep history`"
        )
    return chosen


def _index(history: BackupHistory, which: str) -> int:
    if which.isdecimal() and len(which) < _SHORTEST_COMMIT:
        if int(which) < len(history.entries):
            return int(which)
        raise InputError(
            f"there is no backup {which}: the newest is 0, the oldest {len(history.entries) - 1}",
            _LIST,
        )
    shown = which.strip().replace(" ", "T")
    # 1234567 may be the beginning of a commit
    moment = parse_time(which) if "-" in which else None
    if moment is not None:  # a time as the history shows it, or the beginning of one
        for index, entry in enumerate(history.entries):
            if isinstance(entry, Backup) and "T" in shown and entry.timestamp.startswith(shown):
                return index
    for index, entry in enumerate(history.entries):
        if not isinstance(entry, Backup):
            continue
        if (
            moment is None
            and len(which) >= _SHORTEST_COMMIT
            and (entry.text("commit") or "").startswith(which.lower())
        ):
            return index
        taken = parse_time(entry.timestamp)
        if moment is not None and taken is not None and taken <= moment:
            return index
    raise InputError(f"no backup matches '{which}'", _LIST)


_LIST = "`fieldkeep history` lists them: name one by its number, time or commit"


def restoration(
    backup: Backup,
    snapshot: Snapshot,
    stored: StoreState,
    schema: DocumentSchema,
    writer: Writer,
    *,
    terms: RestoreOptions,
    now: datetime,
    desired: Desired | None = None,
) -> Restoration:
    """Preview. Raises Refused for a hold or another owner, InputError for a backup that consumers
    would refuse today. The backup's ``owned`` becomes the new base."""
    held = holds.decode(snapshot[snapshot.keys.hold], now)
    if held and not held.by_restore and not terms.allowed.hold:
        raise Refused(
            str(held), "if this is meant: --override-hold; `fieldkeep release` ends the hold"
        )
    # Without git nobody can say who we are; a restore then stays with the owner that is there.
    owner = writer.owner or _recorded_owner(stored)
    refusals = [*guards.foreign_owner(stored, owner, terms.allowed)]
    if refusals:
        raise Refused(refusals[0].message, f"if this is meant: {refusals[0].flag}")
    document = checked({**backup.document.raw, "last_updated": rfc3339(now)}, schema)
    live = stored.document if isinstance(stored.document, Document) else None
    names = compare(live, document).fields if live else tuple(sorted(document.fields))
    before = live.fields if live else {}
    says_who = "owned" in backup.raw or "owned_gz" in backup.raw
    owned = owned_by(backup) if says_who else still_owned(document, stored.base)
    target = TargetState(document, owned, terms.depth)
    again = reverted_by_next_sync(target, stored, desired) if names else ()
    # somebody's own hold stays as it is: it says why, and until when
    free = terms.hold and (held is None or held.by_restore)
    needed = bool(names) and (bool(again) or desired is None)
    return Restoration(
        backup,
        snapshot,
        stored,
        target,
        replace(writer, commit=backup.text("commit"), dirty=False, owner=owner),
        {name: differences(before.get(name), document.fields.get(name)) for name in names},
        again,
        desired is not None,
        now + holds.AFTER_RESTORE if free and needed else None,
        held,
        terms.thresholds,
    )


def _recorded_owner(stored: StoreState) -> str | None:
    return stored.record.text("owner") if isinstance(stored.record, Record) else None

"""What a watcher says of each event."""

from __future__ import annotations

from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.journal import Scope
from fieldkeep.core.plan.edits import unsaved_edits
from fieldkeep.core.plan.plan import Plan
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.core.watch import status
from fieldkeep.core.watch.events import (
    BackupRestored,
    Connected,
    ContestEnded,
    ContestLost,
    CopyFailed,
    Disconnected,
    EditCaptured,
    Healed,
    NotCaptured,
    NotHealed,
    Outrun,
    PassEnded,
    PassFailed,
    WatchBegun,
    WatchEnded,
    WatchEvent,
)
from fieldkeep.core.watch.machine import Heal
from fieldkeep.core.watch.memory import is_recalled
from fieldkeep.render import changes
from fieldkeep.render.screen import PIPE

_HEALS = {
    Heal.NOTHING: "edits are captured, nothing is put back",
    Heal.MISSING: "edits are captured, a missing document is put back",
    Heal.ALL: "edits are captured, and what git says is put back",
}


def lines(event: WatchEvent) -> list[str]:  # noqa: C901, PLR0912 - a case for each event
    match event:
        case WatchBegun(where, heal):
            return [f"watching {where}: {_HEALS[heal]}"]
        case Connected(seconds):
            waited = f", after {seconds:.0f} s without an answer" if seconds >= 1 else ""
            return [f"the store answers{waited}"]
        case Disconnected(reason):
            return [f"the store does not answer: {reason}"]
        case PassEnded(commit, newest, skipped):
            return _passed(commit, newest, [f"{s.source}: {s.reason}" for s in skipped])
        case PassFailed(reason):
            return [f"warning: git: {reason}"]
        case EditCaptured():
            return [_captured(event)]
        case Healed():
            return _healed(event)
        case BackupRestored(restoration):
            count = number(len(restoration.target.document.fields), "field")
            whence = _whence(restoration.backup, restoration.snapshot, restoration.stored)
            return [f"restored: {count} {whence} alone: what git says is not known"]
        case NotHealed(reason):
            return [f"warning: not put back: {reason}"]
        case NotCaptured(reason):
            return [f"warning: not captured: {reason}"]
        case CopyFailed(reason):
            return [f"warning: no copy kept: {reason}"]
        case Outrun():
            return []  # it goes on at once
        case ContestLost(lost):
            return [f"alarm: {status.contest(lost)}; `fieldkeep plan` shows what differs"]
        case ContestEnded():
            return ["what is live is what git says again: edits are put back as before"]
        case WatchEnded():
            return ["stopped"]


def _passed(commit: str | None, newest: str | None, unread: list[str]) -> list[str]:
    told = [f"git: read at {commit[:12]}"] if commit else ["the field files are read"]
    if newest and newest != commit:
        told.append(f"git: {newest[:12]} is newer, and is not applied")
    return [*told, *(f"warning: source {reason}" for reason in unread)]


def _captured(event: EditCaptured) -> str:
    live, journal = event.before.document, event.journal
    if isinstance(live, Document) and journal.entries:
        edits = number(unsaved_edits(event.before), "edit")
        return f"captured: {edits} in the backup of {journal.entries[0]['backup_timestamp']}"
    return "captured: what cannot be read is set aside"


def _healed(event: Healed) -> list[str]:
    plan = event.evaluation.plan
    if event.restored:
        stored, document = event.evaluation.stored, event.evaluation.target.document
        whence = _whence(stored.restored_from, event.evaluation.snapshot, stored)
        return [f"restored: {number(len(document.fields), 'field')} {whence}"]
    match event.journal.scope:
        case Scope.ALL:
            names = [change.field for change in plan.changes]
            what = first_few(names) if names else "the document"
            return [f"put back: {what}", *_changes(plan)]
        case Scope.STATUS:
            return ["updated: how the sources answered"]
    return ["updated: our own record"]


def _changes(plan: Plan) -> list[str]:
    groups = changes.groups(plan.changes, PIPE)
    return [str(line) for group in groups for line in group]


def _whence(backup: Backup | None, snapshot: Snapshot, stored: StoreState) -> str:
    if backup is None:
        return "from git"
    if is_recalled(snapshot, stored):
        return "from what the watcher saw last"
    return f"from the backup of {backup.timestamp}"

"""What is written by hand, not by a sync: a backup put back, a hold put on or taken off."""

from __future__ import annotations

import uuid

from fieldkeep.core.journal.journal import Journal, Run
from fieldkeep.core.restore.restore import Restoration
from fieldkeep.core.stored import hold as holds
from fieldkeep.core.stored.hold import Hold
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.apply import Confirmed, Lost, apply, commit
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, Unanswered, Unavailable
from fieldkeep.model import Delete, Put
from fieldkeep.operations import sync
from fieldkeep.operations.sync import Project


def rehearse(project: Project, store: Store, restoration: Restoration) -> None:
    """Raises Refused before anybody is asked to agree to what would not fit the store."""
    run = Run(uuid.uuid4().hex, project.clock(), "", restoration.origin)
    restoration.journal(run, store.limits)


def restore(project: Project, store: Store, restoration: Restoration, reason: str) -> Journal:
    """Put a backup back through the same journal. One attempt: what was previewed is applied, or
    nothing. Raises Contended when somebody wrote since the preview."""
    run = Run(uuid.uuid4().hex, project.clock(), reason, restoration.origin)
    entries = restoration.journal(run, store.limits)
    if not entries.steps:
        return entries
    outcome = apply(store, project.settings.keys, entries, run.run)
    if isinstance(outcome, Confirmed):
        sync.tell(project, entries)
        return entries
    if isinstance(outcome, Lost):
        how = "begun, and not finished" if outcome.begun else "nothing was restored"
        if outcome.error:
            raise Unavailable(f"{outcome.error}; {how}", outcome.error.hint)
        message = f"somebody wrote since the preview: {how}"
    else:
        message = "restored, but somebody wrote right after"
    raise Contended(f"{store.url}: {message}", "look at `fieldkeep history`, then run it again")


def hold(project: Project, store: Store, wanted: Hold, *, replace: bool) -> None:
    """Put a key on hold. Raises Refused where another's hold is on, Contended."""
    snapshot = kv.read(store, project.settings.keys)
    _alone(store, holds.placed(snapshot, wanted, project.clock(), replace=replace))


def release(project: Project, store: Store) -> Hold | None:
    """End the hold that is there, if any; the one that was on. Raises Contended."""
    snapshot = kv.read(store, project.settings.keys)
    if operation := holds.released(snapshot):
        _alone(store, operation)
    return holds.decode(snapshot[snapshot.keys.hold], project.clock())


def _alone(store: Store, operation: Put | Delete) -> None:
    match commit(store, [operation]):
        case Lost(_, Unanswered() as error):
            raise Unavailable(f"{error}; nothing was written", error.hint)
        case Lost():
            message = f"{store.url}: somebody else changed the hold at the same moment"
            raise Contended(message, "look at `fieldkeep status`, then run it again")

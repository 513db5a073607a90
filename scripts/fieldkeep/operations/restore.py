"""Restores a backup through the same journal as a sync."""

from __future__ import annotations

import uuid

from fieldkeep.core.journal.journal import Journal, Run
from fieldkeep.core.restore.restore import Restoration
from fieldkeep.edges.store.apply import Confirmed, Lost, apply
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, Unavailable
from fieldkeep.operations.events import WriteConfirmed
from fieldkeep.operations.project import Project


def rehearse(project: Project, store: Store, restoration: Restoration) -> None:
    """Raises Refused, before the user is asked to agree, if it would not fit the store."""
    run = Run(uuid.uuid4().hex, project.clock(), "", restoration.writer)
    restoration.journal(run, store.limits)


def restore(project: Project, store: Store, restoration: Restoration, reason: str) -> Journal:
    """Apply what was previewed, or nothing: there is one attempt. Raises Contended if another
    writer came since the preview, Refused, Unavailable."""
    run = Run(uuid.uuid4().hex, project.clock(), reason, restoration.writer)
    entries = restoration.journal(run, store.limits)
    if not entries.steps:
        return entries
    outcome = apply(store, project.settings.keys, entries, run.run)
    if isinstance(outcome, Confirmed):
        project.emit(WriteConfirmed(entries, project.settings.history))
        return entries
    if isinstance(outcome, Lost):
        how = "begun, and not finished" if outcome.begun else "nothing was restored"
        if outcome.error:
            so_far = how if outcome.begun else "nothing is restored yet"
            raise Unavailable(f"{outcome.error}; {so_far}", outcome.error.hint)
        message = f"somebody wrote since the preview: {how}"
    else:
        message = "restored, but somebody wrote right after"
    raise Contended(f"{store.url}: {message}", "look at `fieldkeep history`, then run it again")

"""Restores a backup through the same journal as a sync."""

from __future__ import annotations

import uuid

from fieldkeep.core.journal.journal import Journal, Run
from fieldkeep.core.restore import ways_back
from fieldkeep.core.restore.restore import Restoration, RestoreOptions, restoration
from fieldkeep.edges.files import fieldfiles, packaged
from fieldkeep.edges.store.apply import Confirmed, Lost, apply
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, InputError, Unavailable
from fieldkeep.model import Writer
from fieldkeep.operations.desired import compiled_schema, document_schema
from fieldkeep.operations.events import WriteConfirmed
from fieldkeep.operations.project import Project, working_tree
from fieldkeep.operations.stored import Recall, as_read, read_store, store_time


def rehearse(project: Project, store: Store, restoration: Restoration) -> None:
    """Raises Refused, before the user is asked to agree, if it would not fit the store."""
    run = Run(uuid.uuid4().hex, project.clock(), "", restoration.writer)
    restoration.journal(run, store.limits)


def of_newest_backup(
    project: Project, store: Store, writer: Writer, recall: Recall = as_read
) -> Restoration:
    """The newest valid backup, to be put back where there is no document and git is not known. It
    sets no hold: the next sync may say more. Raises InputError without a backup, Refused."""
    snapshot, stored = read_store(store, project.settings)
    stored = recall(snapshot, stored)
    if stored.restored_from is None:
        raise InputError("there is no document and no backup", *ways_back.WAYS)
    try:
        schema = document_schema(working_tree(project))
    except InputError:
        schema = compiled_schema(packaged.schema(fieldfiles.DOCUMENT_SCHEMA))
    return restoration(
        stored.restored_from,
        snapshot,
        stored,
        RestoreOptions(writer, schema, project.settings.history, hold=False),
        desired=None,
        now=store_time(project, store),
    )


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

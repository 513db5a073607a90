"""Backs up what is live, and writes no document."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from fieldkeep.core.journal.capture import capture as capture_journal
from fieldkeep.core.journal.journal import Journal, Run
from fieldkeep.core.plan import guards
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.stored.backups import LIVE_EDIT
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.store.apply import Lost, apply
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, Refused, Unavailable
from fieldkeep.model import Writer
from fieldkeep.operations.attempts import Attempts
from fieldkeep.operations.events import StoreRead, WriteConfirmed, WriteLost
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_store


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """``before`` is the store as it was read, ``journal`` what was written then."""

    before: StoreState
    journal: Journal


def capture(project: Project, store: Store, writer: Writer) -> CaptureResult:
    """Back up the live document if no backup holds it, and set a foreign value aside.

    Raises Refused if the key belongs to another owner, or was never ours, Contended, Unavailable.
    """
    attempts = Attempts(project.settings.conflict_budget)
    while True:
        snapshot, stored = read_store(store, project.settings)
        project.emit(StoreRead(stored))
        for refusal in guards.foreign_owner(stored, writer.owner, Allowed()):
            way = (
                f"if the key is the right one, `fieldkeep sync {refusal.flag}` makes it ours"
                if stored.foreign
                else "capture from its repository"
            )
            raise Refused(f"refused, nothing was written: {refusal.message}", way)
        run = Run(uuid.uuid4().hex, project.clock(), LIVE_EDIT, writer)
        journal = capture_journal(snapshot, stored, run, store.limits, project.settings.history)
        if not journal.steps:
            return CaptureResult(stored, journal)
        match apply(store, project.settings.keys, journal, run.run):
            case Lost(keys, error):
                again = attempts.lost(keys)
                if error and not again:
                    raise Unavailable(f"{error}; nothing was captured", error.hint)
                project.emit(WriteLost(keys, attempts.next(again)))
            case _:  # a write right after ours leaves the backup where it is
                project.emit(WriteConfirmed(journal, project.settings.history))
                return CaptureResult(stored, journal)
        if not again:
            raise Contended(f"{store.url}: gave up after {attempts}", "run it again")
        attempts.pause()

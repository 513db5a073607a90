"""Rehearses a recovery on keys of its own: from git, from the backups, and from each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Final

from fieldkeep.core.document.document import Document
from fieldkeep.core.drill.rehearsal import Failed, Loss, Rebuilt, Rehearsal, losses
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.restore import ways_back
from fieldkeep.core.restore.restore import RestoreOptions, restoration
from fieldkeep.core.stored.backups import Backup, Damaged
from fieldkeep.core.stored.record import Owned
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.edges.store import scratch
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import FieldkeepError, InputError, Refused, Unavailable
from fieldkeep.model import Present, Put, Writer
from fieldkeep.operations.project import Project
from fieldkeep.operations.restore import restore
from fieldkeep.operations.stored import read_store, store_time
from fieldkeep.operations.sync import sync
from fieldkeep.settings.settings import Settings

REASON: Final = "drill"
GIT: Final = "everything erased, rebuilt from git"
ERASED: Final = "the document erased, put back from the newest backup and git"
_ADOPT: Final = (
    "`fieldkeep adopt NAME` writes what was edited in the application into the field's file"
)
_CAPTURE: Final = "`fieldkeep capture` backs up what is live now"
_EVERYTHING: Final = Allowed(
    deletes=True,
    changes=True,
    empty=True,
    rollback=True,
    take_over=True,
    hold=True,
    breaking=True,
)
"""The scratch keys are ours alone, so no guard has anything to protect there."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """The ``store`` and, in ``settings``, the key that a drill may write to. Whatever is there is
    deleted before each rehearsal and after the last."""

    store: Store
    settings: Settings

    def cleared(self) -> None:
        scratch.clear(self.store, self.settings.keys)


def scratch_settings(settings: Settings, suffix: str) -> Settings:
    """The settings of a drill. Its key begins as the real one does, so that a token that may write
    the backups may write it too."""
    return replace(settings, key=f"{settings.key}.drill-{suffix}", branch=None, clean=False)


def rehearse(
    project: Project, store: Store, at: Scratch, desired: Desired, writer: Writer
) -> Iterator[Rehearsal]:
    """Every way back in turn, each on cleared scratch keys. Raises InputError if the store holds
    neither a document nor a backup, Unavailable."""
    snapshot, stored = read_store(store, project.settings)
    expected = stored.effective
    if expected is None:
        raise InputError("there is no document and no backup to compare with", *ways_back.WAYS)
    quiet = replace(project, settings=at.settings, emit=lambda _: None)
    drill = _Drill(quiet, at, desired, writer, expected, stored.base)
    try:
        yield drill.attempt(GIT, drill.from_git)
        if stored.history.entries:
            yield drill.attempt(ERASED, partial(drill.from_what_is_left, snapshot))
        for index, entry in enumerate(stored.history.entries):
            match entry:
                case Damaged(_, reason):
                    yield Failed(f"backup {index}", f"it is damaged: {reason}")
                case Backup():
                    route = f"backup {index}, of {entry.timestamp}, restored"
                    yield drill.attempt(route, partial(drill.from_backup, entry))
    finally:
        at.cleared()


_Result = tuple[Document, tuple[Loss, ...], str]
"""What was rebuilt, what is missing in it, and what to do about that."""


@dataclass(frozen=True, slots=True)
class _Drill:
    """``project`` has the scratch key; ``expected`` is the document that must come back,
    ``base`` what git had set in it."""

    project: Project
    at: Scratch
    desired: Desired
    writer: Writer
    expected: Document
    base: Owned

    def attempt(self, route: str, rebuild: Callable[[], _Result]) -> Rehearsal:
        """A store that does not answer ends the drill: nothing is known then. Any other error is
        what the drill is there to find."""
        self.at.cleared()
        started = perf_counter()
        try:
            document, missing, hint = rebuild()
        except Unavailable:
            raise
        except FieldkeepError as error:
            return Failed(route, str(error), error.hint)
        seconds = perf_counter() - started
        return Rebuilt(route, seconds, len(document.fields), missing, hint if missing else "")

    def from_git(self) -> _Result:
        return self.synced(_ADOPT)

    def from_what_is_left(self, snapshot: Snapshot) -> _Result:
        """The store as it is, with copies of our own keys and without the document."""
        keys, ours = snapshot.keys, self.at.settings.keys
        copies = {keys.record: ours.record, keys.history: ours.history, keys.backup: ours.backup}
        for old, new in copies.items():
            value = snapshot[old]
            if isinstance(value, Present):
                self.at.store.commit([Put(new, value.value, 0, value.flags)])
        return self.synced(_CAPTURE)

    def synced(self, hint: str) -> _Result:
        options = PlanOptions(
            self.writer,
            _EVERYTHING,
            depth=self.project.settings.history,
            limits=self.at.store.limits,
        )
        result = sync(self.project, self.at.store, self.desired, options, REASON)
        document = self.read_back()
        missing = losses(self.expected, document, result.last.merged.owned, self.base)
        return document, missing, hint

    def from_backup(self, entry: Backup) -> _Result:
        snapshot, stored = read_store(self.at.store, self.project.settings)
        options = RestoreOptions(
            self.writer,
            self.desired.schema,
            self.project.settings.history,
            _EVERYTHING,
            hold=False,
        )
        now = store_time(self.project, self.at.store)
        planned = restoration(entry, snapshot, stored, options, desired=None, now=now)
        restore(self.project, self.at.store, planned, REASON)
        document = self.read_back()
        return document, losses(entry.document, document, {}, {}), ""

    def read_back(self) -> Document:
        _, stored = read_store(self.at.store, self.project.settings)
        if not isinstance(stored.document, Document):
            raise Refused("nothing was written")
        return stored.document

"""Watches a document: captures every edit and, if asked to, heals. What comes next is decided by
core; here it is done, one action at a time."""

from __future__ import annotations

import random
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document import document as documents
from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.journal import Journal, Run, Scope
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.notice import of_applied, of_restored
from fieldkeep.core.plan import guards
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.stored import record
from fieldkeep.core.stored.backups import LIVE_EDIT
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.core.watch import contest
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
from fieldkeep.core.watch.machine import (
    Action,
    Begun,
    Capture,
    Captured,
    Failed,
    Heal,
    Look,
    Looked,
    Lost,
    Moment,
    Observation,
    Outlook,
    Pass,
    Passed,
    Policy,
    Refused,
    Rest,
    Rested,
    Restore,
    Saw,
    State,
    Sync,
    Synced,
    Wait,
    step,
)
from fieldkeep.core.watch.memory import Memory
from fieldkeep.core.watch.status import WatchStatus
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, FieldkeepError, InputError, Unavailable
from fieldkeep.errors import Refused as RefusedByGuard
from fieldkeep.model import Live, Present, Put, Writer
from fieldkeep.operations import capture, restore, sync
from fieldkeep.operations.listening import Beside, InTurn, Listener
from fieldkeep.operations.live_copies import LiveCopies
from fieldkeep.operations.notify import Notifier
from fieldkeep.operations.passes import Following, Loaded, NotLoaded, Passes, load
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_store

REASON: Final = "watch"


class Stopped(BaseException):
    """The watcher was asked to stop while it waited."""


class Stop(ABC):
    """Whether the watcher is to stop. Only a wait may be interrupted, never a write."""

    @abstractmethod
    def waiting(self) -> AbstractContextManager[None]:
        """Within it, a request to stop raises Stopped; an earlier one does so at its beginning."""

    @abstractmethod
    def rest(self, seconds: float) -> None:
        """Sleep, inside of ``waiting``."""


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """``copies`` is a folder that gets every state that is seen live."""

    policy: Policy
    writer: Writer
    following: Following = field(default_factory=Following)
    copies: Path | None = None


class Watcher:
    """One watcher of one key. ``emit`` takes its events, ``status`` is always up to date.
    ``beside`` makes another connection, to listen with while work is done; ``seconds`` is a clock
    that never goes back, ``chance`` gives numbers from 0 to 1."""

    def __init__(
        self,
        project: Project,
        store: Store,
        options: WatchOptions,
        emit: Callable[[WatchEvent], None],
        *,
        beside: Callable[[], Store] | None = None,
        passes: Passes | None = None,
        notifier: Notifier | None = None,
        seconds: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.project, self.store, self.options = project, store, options
        self._emit, self._seconds, self._chance = emit, seconds, chance
        self._listener: Listener = (
            Beside(beside, self._key, self._keep)
            if beside
            else InTurn(store, self._key, self._keep)
        )
        self._passes, self._notifier = passes or Passes(), notifier or Notifier(project)
        self._copies = LiveCopies(options.copies, project.clock)
        self.status = WatchStatus(project.clock(), options.policy.heal)
        self.state, self.memory = State(), Memory()
        self.action: Action = Look()
        self._loaded: Loaded | None = None
        self._since = seconds()

    def run(self, stop: Stop) -> None:
        """Watch until it is asked to stop."""
        self.tell(WatchBegun(f"{self.store.url}, key {self._key}", self.options.policy.heal))
        try:
            while True:
                self.turn(stop)
        except Stopped:
            self._listener.catch_up()
            self._notifier.finish()
            self.tell(WatchEnded())

    def turn(self, stop: Stop) -> None:
        """Do one action, and decide on the next. Raises Stopped."""
        with stop.waiting():
            pass
        self._listener.catch_up()
        ended = self._pass_ended() if isinstance(self.action, Wait | Look) else None
        observation = ended or self._done(self.action, stop)
        lost = self.state.contest.lost
        moment = Moment(self._seconds(), self._chance())
        self.state, self.action = step(self.state, observation, self.options.policy, moment)
        self._tell_contest(lost)

    def tell(self, event: WatchEvent) -> None:
        self.status = self.status.after(event, self.project.clock())
        self._emit(event)

    @property
    def _key(self) -> str:
        return self.project.settings.keys.document

    # ------------------------------------------------------------------ actions

    def _done(self, action: Action, stop: Stop) -> Observation:
        try:
            match action:
                case Wait(seconds):
                    with stop.waiting():
                        live = self._listener.hear(seconds)
                    observation: Observation = Saw(live)
                case Rest(seconds):
                    with stop.waiting():
                        stop.rest(seconds)
                    return Rested()
                case Look():
                    observation = self._looked()
                case Capture():
                    observation = self._captured()
                case Sync():
                    observation = self._synced()
                case Restore():
                    observation = self._restored()
                case Pass(applied):
                    self._passes.begin(lambda: self._load(applied))
                    return Begun()
        except Contended as error:
            self.tell(Outrun(_told(error)))
            return Failed()
        except Unavailable as error:
            self._disconnected(error)
            return Failed()
        self._connected()
        return observation

    def _looked(self) -> Looked:
        snapshot, stored = read_store(self.store, self.project.settings)
        self._keep(snapshot[self._key])
        self.memory = self.memory.after_read(snapshot)
        evaluation = self._evaluated(snapshot, self._recall(snapshot, stored))
        self.status = self.status.looked_at(stored, evaluation, self.project.clock())
        outlook = None
        if evaluation:
            plan = evaluation.plan
            outlook = Outlook(evaluation.scope, bool(plan.refusals), plan.pending)
            if plan.refusals and plan.pending and self.options.policy.heal is not Heal.NOTHING:
                self._not_healed(_told(guards.refused(plan.refusals)))
        return Looked(stored, snapshot.values, snapshot[self._key], outlook)

    def _evaluated(self, snapshot: Snapshot, stored: StoreState) -> Evaluation | None:
        if self._loaded is None:
            return None
        project, desired, options = self._inputs(self._loaded)
        try:
            return sync.evaluated(project, self.store, snapshot, stored, desired, options)
        except (InputError, RefusedByGuard) as error:
            self._not_healed(_told(error))
            return None

    def _captured(self) -> Captured:
        try:
            result = capture.capture(self.project, self.store, self.options.writer)
        except RefusedByGuard as error:
            if self.status.capture_error != _told(error):
                self.tell(NotCaptured(_told(error)))
            return Captured(False)
        if not result.journal.steps:
            return Captured(False)
        self._keep_document(result.before)
        self.tell(EditCaptured(result.before, result.journal))
        return Captured(True)

    def _synced(self) -> Synced | Refused | Lost:
        assert self._loaded is not None
        project, desired, options = self._inputs(self._loaded)
        try:
            result = sync.sync(project, self.store, desired, options, REASON, recall=self._recall)
        except Contended as error:
            self.tell(Outrun(_told(error)))
            return Lost()
        except (InputError, RefusedByGuard) as error:
            self._not_healed(_told(error))
            return Refused()
        rounds, keys = [], self.project.settings.keys
        left, run = self.state.left, self.state.run
        for evaluation, journal in result.applied:
            self._keep_document(evaluation.stored)
            rounds.append(contest.round_of(evaluation, left, run, self._seconds()))
            left = canonical.dumps(evaluation.target.document.raw)
            run = _run_of(journal, keys.record) or run
            captured = journal.scope is Scope.CAPTURE  # git is silent on what was edited
            self.tell(
                EditCaptured(evaluation.stored, journal)
                if captured
                else Healed(evaluation, journal)
            )
            notice = of_applied(evaluation, journal, keys, REASON, self.project.clock())
            self._notifier.tell([notice])
        if result.contended:
            self.tell(Outrun(_told(result.contended)))
        return Synced(tuple(rounds), left, run)

    def _restored(self) -> Captured:
        try:
            planned = restore.of_newest_backup(
                self.project, self.store, self.options.writer, self._recall
            )
            journal = restore.restore(self.project, self.store, planned, REASON)
        except (InputError, RefusedByGuard) as error:
            self._not_healed(_told(error))
            return Captured(False)
        self.tell(BackupRestored(planned))
        own, now = self.project.settings, self.project.clock()
        notice = of_restored(planned, journal, own.keys, REASON, now, own.environment)
        self._notifier.tell([notice])
        return Captured(True)

    def _recall(self, snapshot: Snapshot, stored: StoreState) -> StoreState:
        run = Run(uuid.uuid4().hex, self.project.clock(), LIVE_EDIT, self.options.writer)
        return self.memory.recalled(snapshot, stored, run)

    # ------------------------------------------------------------------ passes

    def _load(self, applied: str | None) -> Loaded | NotLoaded:
        return load(self.project, self.options.following, self.options.writer, applied)

    def _pass_ended(self) -> Passed | None:
        match self._passes.ended():
            case Loaded() as loaded:
                self._loaded = loaded
                skipped = loaded.desired.skipped
                self.tell(PassEnded(loaded.ready.commit, loaded.newest, tuple(skipped)))
                if loaded.fetch_error:
                    self.tell(PassFailed(loaded.fetch_error))
                return Passed(loaded.ready)
            case NotLoaded(reason):
                self._loaded = None
                if self.status.pass_error != reason:
                    self.tell(PassFailed(reason))
                return Passed(None)
        return None

    def _inputs(self, loaded: Loaded) -> tuple[Project, Desired, PlanOptions]:
        """What a sync needs, with git as the pass has found it. It makes one attempt: after a
        conflict, what came in between is captured first."""
        own = replace(self.project.settings, conflict_budget=0)
        project = replace(self.project, checkout=loaded.checkout, settings=own)
        options = PlanOptions(loaded.writer, depth=own.history, limits=self.store.limits)
        return project, loaded.desired, options

    # ------------------------------------------------------------------ what is told

    def _not_healed(self, reason: str) -> None:
        if self.status.refusal != reason:
            self.tell(NotHealed(reason))

    def _connected(self) -> None:
        if not self.status.connected:
            self.tell(Connected(self._seconds() - self._since))

    def _disconnected(self, error: Unavailable) -> None:
        self._listener.restart()
        if self.status.connected or self.status.error is None:
            self._since = self._seconds()
            self.tell(Disconnected(_told(error)))

    def _tell_contest(self, before: contest.Lost | None) -> None:
        lost = self.state.contest.lost
        if lost and before is None:
            self.tell(ContestLost(lost))
        elif before and lost is None:
            self.tell(ContestEnded())

    # ------------------------------------------------------------------ copies

    def _keep(self, live: Live) -> None:
        self.memory = self.memory.after_live(live)
        if self.options.copies and isinstance(live, Present):
            state = documents.decode(live)
            if isinstance(state, Document):
                self._keep_bytes(state.substance, live.value)

    def _keep_document(self, stored: StoreState) -> None:
        if self.options.copies and isinstance(stored.document, Document):
            raw = canonical.dumps(stored.document.raw)
            self._keep_bytes(stored.document.substance, raw)

    def _keep_bytes(self, state: bytes, content: bytes) -> None:
        try:
            self._copies.keep(state, content)
        except Unavailable as error:
            if self.status.copy_error != str(error):
                self.tell(CopyFailed(str(error)))


def _told(error: FieldkeepError) -> str:
    return f"{error}{f'; {error.hint}' if error.hint else ''}"


def _run_of(journal: Journal, key: str) -> str | None:
    """The run that a journal leaves in the record."""
    puts = [op for step in journal.steps for op in step if isinstance(op, Put) and op.key == key]
    if not puts:
        return None
    written = record.decode(Present(puts[-1].value, max(puts[-1].expect, 0), 0))
    return written.text("run") if isinstance(written, Record) else None

"""Loads, validates, extracts, merges, plans and applies; the decisions are core's."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fieldkeep.core.bound.pin import PlanPin
from fieldkeep.core.journal.journal import Journal, Scope
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merged_field import Reusable
from fieldkeep.core.plan import guards
from fieldkeep.core.plan.checkout import Standing
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, evaluate
from fieldkeep.core.plan.guards import Ancestry
from fieldkeep.core.stored import backups, export
from fieldkeep.core.stored.backups import LIVE_EDIT, Backup
from fieldkeep.core.stored.keys import Keys
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.files import atomic_files
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.store.apply import Confirmed, Lost, Overtaken, apply
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, Unavailable
from fieldkeep.model import Absent, Live, Writer
from fieldkeep.operations.attempts import Attempts
from fieldkeep.operations.events import (
    SetAsideKept,
    StoreRead,
    WriteConfirmed,
    WriteLost,
    WriteOvertaken,
    WriteStarted,
)
from fieldkeep.operations.project import Project
from fieldkeep.operations.services import with_counted_services
from fieldkeep.operations.standing import standing
from fieldkeep.operations.stored import Recall, as_read, read_store, store_time

_LEAST_STATES: Final = 2
"""What was live, and what was applied: one command adds both, however short the history is."""

_MOST_APPLIED: Final = 3
"""How often one command applies: readers are not to see the document go to and fro."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """``applied`` has one entry for each write that went live: several if another writer came in
    between, none if there was nothing to write. ``last`` is the last evaluation.
    ``contended``: another writer has written over what was applied."""

    applied: tuple[tuple[Evaluation, Journal], ...]
    last: Evaluation
    contended: Contended | None = None


def plan(
    project: Project,
    store: Store,
    desired: Desired,
    options: PlanOptions,
    *,
    count_services: bool = True,
) -> Evaluation:
    """Read the store, merge and plan; writes nothing. Without ``count_services`` the impact stays
    pending; what is to be applied needs it."""
    snapshot, stored = read_store(store, project.settings)
    project.emit(StoreRead(stored))
    evaluation = evaluated(project, store, snapshot, stored, desired, options)
    project.emit(evaluation.merged)
    if count_services:
        return _with_services(project, evaluation, options)
    return evaluation


def _with_services(project: Project, evaluation: Evaluation, options: PlanOptions) -> Evaluation:
    with project.doing("counting the services that a change affects"):
        return with_counted_services(evaluation, project.settings, project.variables, options)


def evaluated(
    project: Project,
    store: Store,
    snapshot: Snapshot,
    stored: StoreState,
    desired: Desired,
    options: PlanOptions,
    *,
    position: Standing | None = None,
    ancestry: Ancestry | None = None,
    run: str = "0" * 32,
    reason: str = "sync",
    last: Reusable | None = None,
) -> Evaluation:
    """Merge and plan what was read; services are not counted. ``position`` is that of our commit,
    and ``ancestry`` that of the live one, where git was asked already; ``run`` and ``reason`` go
    into the journal; ``last`` is of the last attempt."""
    ancestry = ancestry or _ancestry(project.checkout, store, stored, options.writer)
    options = replace(options, thresholds=project.settings.thresholds)
    evaluation = evaluate(
        snapshot,
        stored,
        desired,
        options,
        ancestry=ancestry,
        now=project.clock(),
        store_time=store_time(project, store),
        standing=position or standing(project, store, options.writer),
        run=run,
        reason=reason,
        last=last,
    )
    return replace(
        evaluation, plan=replace(evaluation.plan, environment=project.settings.environment)
    )


def _ancestry(
    checkout: Checkout | None, store: Store, stored: StoreState, writer: Writer
) -> Ancestry:
    """Whether the live commit is an ancestor of ours. Asked only of a shared store, and in git."""
    applied = stored.commit
    if not store.shared or checkout is None or applied is None:
        return Ancestry.NOT_ASKED
    if writer.commit is None:
        return Ancestry.UNKNOWN
    if applied == writer.commit:
        return Ancestry.ANCESTOR
    match checkout.is_ancestor(applied, writer.commit):
        case None:
            return Ancestry.UNKNOWN
        case is_ancestor:
            return Ancestry.ANCESTOR if is_ancestor else Ancestry.OTHER


def sync(
    project: Project,
    store: Store,
    desired: Desired,
    options: PlanOptions,
    reason: str,
    copies: Path | None = None,
    pin: PlanPin | None = None,
    recall: Recall = as_read,
) -> SyncResult:
    """Apply until our write is the last one, or the setting conflict_budget is used up.

    An attempt after a conflict reads only the keys that moved: fields, commit and extraction stay.
    ``copies`` is a folder that gets every new backup before the store is written. With a ``pin``
    there is one attempt, which applies what was planned or nothing. A writer that comes after each
    of ours ends it: all attempts together apply _MOST_APPLIED times, and add at most half of the
    history. ``recall`` adds what the store has lost. Raises Refused, Contended, Unavailable.
    """
    attempts = _Attempted(project, store, desired, options, reason, copies, pin, recall)
    while (result := attempts.one()) is None:
        pass
    return result


class _Attempted:
    """The attempts of one sync: what they have applied, and what the next need not read again."""

    def __init__(
        self,
        project: Project,
        store: Store,
        desired: Desired,
        options: PlanOptions,
        reason: str,
        copies: Path | None,
        pin: PlanPin | None,
        recall: Recall,
    ) -> None:
        self.project, self.store, self.desired, self.options = project, store, desired, options
        self.reason, self.copies, self.pin, self.recall = reason, copies, pin, recall
        self.keys = project.settings.keys
        self.attempts = Attempts(0 if pin else project.settings.conflict_budget)
        self.applied: list[tuple[Evaluation, Journal]] = []
        self.unsettled: dict[str, tuple[Evaluation, Journal]] = {}
        self.merged: Reusable | None = None
        self.ancestries: dict[str | None, Ancestry] = {}
        self.standing = standing(project, store, options.writer)
        # That there is no hold is assumed: the transaction of the write checks it.
        self.assumes_no_hold = not (pin or options.allowed.hold)
        self.known: Mapping[str, Live] = {self.keys.hold: Absent()} if self.assumes_no_hold else {}

    def one(self) -> SyncResult | None:
        """Read, merge, plan and write; None to begin again."""
        run = uuid.uuid4().hex
        evaluation = self.allowed(run)
        self.applied += _arrived(self.unsettled, evaluation.stored)
        entries = evaluation.journal
        if not entries.steps:
            return SyncResult(tuple(self.applied), evaluation)
        if self.applied and not self.may_apply_again(evaluation, entries):
            return self.written_over(evaluation, entries)
        if self.assumes_no_hold and len(entries.steps) > 1:
            # the first of several writes need not be the one that checks it
            self.known = _unmoved(evaluation.snapshot, (self.keys.hold,))
            self.assumes_no_hold = False
            return None
        saved = _save_copies(entries, self.copies)
        self.project.emit(WriteStarted(entries, self.store.url))
        match apply(self.store, self.keys, entries, run):
            case Confirmed():
                self.tell_confirmed(entries, saved)
                return SyncResult((*self.applied, (evaluation, entries)), evaluation)
            case Lost() as lost:
                return self.lost(lost, run, evaluation, entries, saved)
            case Overtaken():
                self.overtaken(evaluation, entries, saved)
        return None

    def allowed(self, run: str) -> Evaluation:
        """What may be applied now. Raises Refused, Contended."""
        project, options = self.project, self.options
        snapshot, stored = read_store(self.store, project.settings, self.known)
        stored = self.recall(snapshot, stored)
        project.emit(StoreRead(stored, applying=True))
        evaluation = evaluated(
            project,
            self.store,
            snapshot,
            stored,
            self.desired,
            options,
            position=self.standing,
            ancestry=self.ancestry(stored),
            run=run,
            reason=self.reason,
            last=self.merged,
        )
        self.merged = evaluation.merged.reusable
        project.emit(evaluation.merged)
        evaluation = _with_services(project, evaluation, options)
        if self.pin:
            self.pin.check(self.desired, self.options, evaluation)
        require_no_refusals(evaluation)
        return evaluation

    def ancestry(self, stored: StoreState) -> Ancestry:
        """Asks git once of each live commit: to start it takes longer than an attempt."""
        if stored.commit not in self.ancestries:
            self.ancestries[stored.commit] = _ancestry(
                self.project.checkout, self.store, stored, self.options.writer
            )
        return self.ancestries[stored.commit]

    def lost(
        self,
        lost: Lost,
        run: str,
        evaluation: Evaluation,
        entries: Journal,
        saved: Sequence[Path],
    ) -> SyncResult | None:
        _tell_set_aside(self.project, entries, lost)
        kept = _discard_copies(entries, saved, lost, self.keys)
        is_unsure = lost.error or lost.written or not lost.keys
        self.known = {} if is_unsure else _unmoved(evaluation.snapshot, lost.keys)
        if self.assumes_no_hold and self.keys.hold in lost.keys:
            self.assumes_no_hold = False  # it is read now, and this was no conflict
            return None
        again = self.attempts.lost(lost.keys)
        if not again:
            _require_answer(lost)
        if self.pin:
            raise self.pin.lost(lost.keys, begun=lost.begun)
        if self.applied and entries.scope is not Scope.ALL and not lost.error:
            return self.written_over(evaluation, entries)  # live is as it should be
        self.unsettled[run] = (evaluation, entries)
        self.project.emit(WriteLost(lost.keys, self.attempts.next(again), kept))
        if again:
            self.attempts.pause()
            return None
        if not self.applied:
            raise _never_applied(self.store, self.attempts)
        return self.written_over(evaluation, entries)

    def overtaken(self, evaluation: Evaluation, entries: Journal, saved: Sequence[Path]) -> None:
        self.tell_confirmed(entries, saved)
        if self.pin:
            raise self.pin.overtaken()
        self.applied.append((evaluation, entries))
        self.known = {}
        self.project.emit(WriteOvertaken(self.attempts.number + 1))
        self.attempts.pause()

    def may_apply_again(self, evaluation: Evaluation, rest: Journal) -> bool:
        """Whether there is time, and room in the history, to apply over what came after ours."""
        states = len(_states([*self.applied, (evaluation, rest)]))
        fits = states <= max(_LEAST_STATES, evaluation.target.depth // 2)
        return fits and len(self.applied) < _MOST_APPLIED and self.attempts.has_time()

    def written_over(self, last: Evaluation, rest: Journal) -> SyncResult:
        """The result without the ``rest``. If the document is as it should be, only an edit that
        came after ours is in no backup yet: that is success."""
        if rest.scope is not Scope.ALL:
            return SyncResult(tuple(self.applied), last)
        contended = Contended(
            f"{self.store.url}: applied, and another writer has written over it since: what is live"
            " is theirs, what was applied is in the history",
            "look at `fieldkeep status`; run it again to apply over what they wrote, which is then"
            " backed up first",
        )
        return SyncResult(tuple(self.applied), last, contended)

    def tell_confirmed(self, entries: Journal, saved: Sequence[Path]) -> None:
        self.project.emit(WriteConfirmed(entries, self.project.settings.history, saved))


def _unmoved(snapshot: Snapshot, moved: Sequence[str]) -> Mapping[str, Live]:
    """The values that need not be read again: a conflict names every key that had moved, and so
    proves the others."""
    return {key: snapshot[key] for key in snapshot.keys.all if key not in moved}


def _arrived(
    unsettled: dict[str, tuple[Evaluation, Journal]], stored: StoreState
) -> list[tuple[Evaluation, Journal]]:
    """The earlier attempt, taken for lost, that has arrived since: the record has its run."""
    run = stored.record.text("run") if isinstance(stored.record, Record) else None
    return [unsettled.pop(run)] if run in unsettled else []


def _states(applied: Sequence[tuple[Evaluation, Journal]]) -> set[bytes]:
    """The states that journals add to the history."""
    entries = [backups.parse(dict(entry)) for _, journal in applied for entry in journal.entries]
    return {entry.document.substance for entry in entries if isinstance(entry, Backup)}


def _never_applied(store: Store, attempts: Attempts) -> Contended:
    return Contended(
        f"{store.url}: gave up after {attempts}",
        "run it again; `fieldkeep status` tells what is live, and the setting conflict_budget"
        " allows more time",
    )


def _require_answer(lost: Lost) -> None:
    """Raises Unavailable if the answer to the write never came."""
    if lost.error:
        how = "begun, and not finished" if lost.begun else "nothing is applied yet"
        raise Unavailable(f"{lost.error}; {how}", lost.error.hint)


def require_no_refusals(evaluation: Evaluation, names: Sequence[str] = guards.NAMES) -> None:
    """Raises Refused, with numbers and flags, if one of the named guards refuses."""
    if refusals := [refusal for refusal in evaluation.plan.refusals if refusal.guard in names]:
        raise guards.refused(refusals)


def _save_copies(entries: Journal, folder: Path | None) -> tuple[Path, ...]:
    """The paths, in the order of the journal's entries. They stay when it is unknown whether the
    write was applied: a copy too many is harmless."""
    if folder is None:
        return ()
    contents = {export.file_name(entry): export.encode(dict(entry)) for entry in entries.entries}
    return atomic_files.save(folder, contents)


def _tell_set_aside(project: Project, entries: Journal, lost: Lost) -> None:
    """Values were set aside although the apply was lost: the next attempt finds them there."""
    if any(project.settings.keys.aside(kept.key) in lost.written for kept in entries.set_aside):
        project.emit(SetAsideKept(entries.set_aside, entries.dropped))


def _discard_copies(
    entries: Journal, saved: Sequence[Path], lost: Lost, keys: Keys
) -> tuple[Path, ...]:
    """Delete the copies of states that never were live; the others.

    The edit that it captured was live. An apply in several writes may lose even after its document,
    and a write whose answer was lost may still arrive: a copy too many is harmless.
    """
    if lost.error or keys.document in lost.written:
        return tuple(saved)
    kept = tuple(
        path
        for path, entry in zip(saved, entries.entries, strict=False)
        if entry["reason"] == LIVE_EDIT
    )
    atomic_files.discard([path for path in saved if path not in kept])
    return kept

"""Loads, validates, extracts, merges, plans and applies; the decisions are core's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fieldkeep.core.bound.pin import PlanPin
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.journal import Journal, Run, Scope
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan import guards
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
from fieldkeep.model import Writer
from fieldkeep.operations.attempts import ATTEMPTS, pause
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
from fieldkeep.operations.stored import read_store, store_time

MOST_STATES: Final = 2
"""What was live, and what was applied."""


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
    applying: bool = False,
    count_services: bool = True,
) -> Evaluation:
    """Read the store, merge and plan; writes nothing. ``applying`` goes into the event only.
    Without ``count_services`` the impact stays pending; what is to be applied needs it."""
    snapshot, stored = read_store(store, project.settings)
    project.emit(StoreRead(stored, applying))
    evaluation = evaluated(project, store, snapshot, stored, desired, options)
    project.emit(evaluation.merged)
    if count_services:
        return with_counted_services(evaluation, project.settings, project.variables, options)
    return evaluation


def evaluated(
    project: Project,
    store: Store,
    snapshot: Snapshot,
    stored: StoreState,
    desired: Desired,
    options: PlanOptions,
) -> Evaluation:
    """Merge and plan what was read; services are not counted."""
    ancestry = _ancestry(project.checkout, store, stored, options.writer)
    options = replace(options, thresholds=project.settings.thresholds)
    evaluation = evaluate(
        snapshot,
        stored,
        desired,
        options,
        ancestry=ancestry,
        now=project.clock(),
        store_time=store_time(project, store),
        standing=standing(project, store, options.writer),
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
) -> SyncResult:
    """Apply until our write is the last one.

    A retry reads only the store again: fields, commit and extraction stay. ``copies`` is a folder
    that gets every new backup before the store is written. With a ``pin`` there is one attempt,
    which applies what was planned or nothing. All attempts together add at most MOST_STATES to the
    history: a writer that comes after each of them would else fill it. Raises Refused, Contended,
    Unavailable.
    """
    applied: list[tuple[Evaluation, Journal]] = []
    unsettled: dict[str, tuple[Evaluation, Journal]] = {}
    attempts = 1 if pin else ATTEMPTS
    for attempt in range(1, attempts + 1):
        evaluation = _allowed(project, store, desired, options, pin)
        applied += _arrived(unsettled, evaluation.stored)
        run = Run(uuid.uuid4().hex, project.clock(), reason, options.writer)
        entries = journal.write(
            evaluation.snapshot,
            evaluation.stored,
            evaluation.target,
            run,
            store.limits,
            evaluation.ended_hold,
        )
        if ended := _ended(store, applied, evaluation, entries):
            return ended
        saved = _save_copies(entries, copies)
        project.emit(WriteStarted(entries, store.url))
        match apply(store, project.settings.keys, entries, run.run):
            case Confirmed():
                project.emit(WriteConfirmed(entries, project.settings.history, saved))
                return SyncResult((*applied, (evaluation, entries)), evaluation)
            case Lost() as lost:
                _tell_set_aside(project, entries, lost)
                kept = _discard_copies(entries, saved, lost, project.settings.keys)
                if attempt == attempts:
                    _require_answer(lost)
                if pin:
                    raise pin.lost(lost.keys, begun=lost.begun)
                unsettled[run.run] = (evaluation, entries)
                project.emit(WriteLost(lost.keys, attempt, attempts, kept))
            case Overtaken():
                project.emit(WriteConfirmed(entries, project.settings.history, saved))
                if pin:
                    raise pin.overtaken()
                applied.append((evaluation, entries))
                project.emit(WriteOvertaken(attempt, attempts))
        if attempt < attempts:
            pause(attempt)
    return _gave_up(store, applied, evaluation)


def _allowed(
    project: Project, store: Store, desired: Desired, options: PlanOptions, pin: PlanPin | None
) -> Evaluation:
    """What may be applied now; nothing has been written yet. Raises Refused, Contended."""
    evaluation = plan(project, store, desired, options, applying=True)
    if pin:
        pin.check(desired, options, evaluation)
    require_no_refusals(evaluation)
    return evaluation


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


def _ended(
    store: Store,
    applied: Sequence[tuple[Evaluation, Journal]],
    evaluation: Evaluation,
    rest: Journal,
) -> SyncResult | None:
    """The result if there is nothing to write, or if writing the ``rest`` would add too many states
    to the history. If the document is as it should be, only an edit that came after ours is in no
    backup yet: that is success."""
    if not rest.steps:
        return SyncResult(tuple(applied), evaluation)
    if not applied or len(_states([*applied, (evaluation, rest)])) <= MOST_STATES:
        return None
    if rest.scope is not Scope.ALL:
        return SyncResult(tuple(applied), evaluation)
    return _gave_up(store, applied, evaluation)


def _gave_up(
    store: Store, applied: Sequence[tuple[Evaluation, Journal]], last: Evaluation
) -> SyncResult:
    """The result after other writers wrote during every attempt. Raises Contended if nothing of
    ours was ever live."""
    if not applied:
        raise Contended(
            f"{store.url}: gave up after {ATTEMPTS} attempts: the store changed during each of"
            " them",
            "run it again; `fieldkeep status` tells what is live",
        )
    contended = Contended(
        f"{store.url}: applied, and another writer has written over it since: what is live is"
        " theirs, what was applied is in the history",
        "look at `fieldkeep status`; run it again to apply over what they wrote, which is then"
        " backed up first",
    )
    return SyncResult(tuple(applied), last, contended)


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

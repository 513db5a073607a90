"""The sentence: load, validate, extract, merge, plan, journal, apply. Decides nothing itself."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fieldkeep.core.bound.pin import PlanPin
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.journal import Journal, Run
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan import guards
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, evaluate
from fieldkeep.core.plan.guards import Ancestry
from fieldkeep.core.stored import export
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.files import atomic_files
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.store.apply import Confirmed, Lost, Overtaken, apply
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, Unavailable
from fieldkeep.model import Writer
from fieldkeep.operations.project import Project, read_store
from fieldkeep.operations.services import with_counted_services
from fieldkeep.render import steps

ATTEMPTS: Final = 5
_LONGEST_PAUSE_SECONDS: Final = 0.4


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What was applied, one entry for each write that is live (several: somebody wrote in
    between), and the last look at the store. No entry: there was nothing to write."""

    applied: tuple[tuple[Evaluation, Journal], ...]
    last: Evaluation


def plan(
    project: Project,
    store: Store,
    desired: Desired,
    request: PlanOptions,
    *,
    applying: bool = False,
    weighing: bool = True,
) -> Evaluation:
    """Look, merge and plan; writes nothing. ``applying`` only tells how to speak of it. Without
    ``weighing`` nobody asks what it means for others: never for what is to be applied."""
    snapshot, stored = read_store(store, project.settings)
    for line in steps.stored(stored, applying=applying):
        project.say(line)
    ancestry = _ancestry(project.checkout, store, stored, request.writer)
    request = replace(request, thresholds=project.settings.thresholds)
    found = evaluate(snapshot, stored, desired, request, ancestry=ancestry, now=project.clock())
    project.say(steps.merged(found.merged))
    if weighing:
        found = with_counted_services(found, project.settings, project.variables, request)
    return replace(found, plan=replace(found.plan, environment=project.settings.environment))


def _ancestry(
    checkout: Checkout | None, store: Store, stored: StoreState, writer: Writer
) -> Ancestry:
    """A rollback can only be told where others write too, and from inside git."""
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
    request: PlanOptions,
    reason: str,
    copies: Path | None = None,
    bound: PlanPin | None = None,
) -> SyncResult:
    """Apply until our write is the last one. A retry reads the store only: fields, commit and
    extraction stay. ``copies`` is a folder that gets every new backup before the store is touched.
    What is ``bound`` to a plan is applied as planned or not at all, in one attempt. Raises Refused,
    Contended, Unavailable."""
    applied: list[tuple[Evaluation, Journal]] = []
    attempts = 1 if bound else ATTEMPTS
    for attempt in range(1, attempts + 1):
        found = _allowed(project, store, desired, request, bound)
        run = Run(uuid.uuid4().hex, project.clock(), reason, request.writer)
        entries = journal.write(found.snapshot, found.stored, found.target, run, store.limits)
        if not entries.steps:
            return SyncResult(tuple(applied), found)
        saved = _copied(entries, copies)
        project.say(steps.writing(entries, store.url))
        match apply(store, project.settings.keys, entries, run.run):
            case Confirmed():
                tell(project, entries, saved)
                return SyncResult((*applied, (found, entries)), found)
            case Lost(keys, error, begun):
                atomic_files.discard(saved)  # of a state that never was
                if error and attempt == attempts:
                    how = "begun, and not finished" if begun else "nothing was applied"
                    raise Unavailable(f"{error}; {how}", error.hint)
                if bound:
                    raise bound.lost(keys, begun=begun)
                project.say(steps.conflict(keys, attempt, attempts))
            case Overtaken():
                tell(project, entries, saved)
                if bound:
                    raise bound.overtaken()
                applied.append((found, entries))
                project.say(steps.overtaken(attempt, attempts))
        if attempt < attempts:
            _pause(attempt)
    raise Contended(
        f"{store.url}: somebody else wrote first {ATTEMPTS} times in a row",
        "run it again; `fieldkeep status` tells what is live",
    )


def _allowed(
    project: Project, store: Store, desired: Desired, request: PlanOptions, bound: PlanPin | None
) -> Evaluation:
    """What may be applied now. Raises Refused, Contended; nothing has been written yet."""
    found = plan(project, store, desired, request, applying=True)
    if bound:
        bound.check(desired, request, found)
    require_no_refusals(found)
    return found


def require_no_refusals(found: Evaluation, asked: Sequence[str] = guards.NAMES) -> None:
    """Raises Refused with the numbers and flags of the guards that are ``asked``; nothing has been
    written yet."""
    if refusals := [one for one in found.plan.refusals if one.guard in asked]:
        raise guards.refused(refusals)


def _copied(entries: Journal, folder: Path | None) -> tuple[Path, ...]:
    """Where nobody knows what became of the write, the copy stays: it is one copy too many then."""
    if folder is None:
        return ()
    listed = {export.file_name(entry): export.encode(dict(entry)) for entry in entries.entries}
    return atomic_files.save(folder, listed)


def tell(project: Project, entries: Journal, saved: Sequence[Path] = ()) -> None:
    for line in (*steps.written(entries, project.settings.history), *steps.copied(saved)):
        project.say(line)


def _pause(attempt: int) -> None:
    """Jitter, so that two syncs that collided do not collide again."""
    time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS) * attempt)  # noqa: S311

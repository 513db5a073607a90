"""Compares the store, as it was read, with what is desired: the merge, the plan, what to write."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.document.document import Document, Foreign, Missing
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.forecast import shortages
from fieldkeep.core.journal.journal import Form, Journal, Run, Scope, TargetState
from fieldkeep.core.merge.assemble import assemble, checked
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import Merged, merge
from fieldkeep.core.merge.merged_field import Reusable
from fieldkeep.core.merge.outcome import Drift, FieldDrift
from fieldkeep.core.plan import guards, impact
from fieldkeep.core.plan.checkout import Standing
from fieldkeep.core.plan.derive import plan_of
from fieldkeep.core.plan.findings import Refusal
from fieldkeep.core.plan.guards import Allowed, Ancestry, GuardContext
from fieldkeep.core.plan.held import is_settled, undone_by_sync
from fieldkeep.core.plan.impact import PendingImpact
from fieldkeep.core.plan.plan import Headroom, Plan
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.core.plan.usage import Usage
from fieldkeep.core.stored.hold import Hold, decode, delete
from fieldkeep.core.stored.record import Owned, UnknownRecord
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState, problems
from fieldkeep.errors import Refused
from fieldkeep.model import Delete, Limits, Present, Put, Writer


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """Who writes, what the user ``allowed`` by flag, whether to ``prune`` orphans, and how many
    backups the history holds (``depth``)."""

    writer: Writer
    allowed: Allowed = field(default_factory=Allowed)
    prune: bool = False
    depth: int = 10
    limits: Limits = field(default_factory=Limits)
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an apply would do to the store as ``snapshot`` read it, and its ``journal``, without
    steps if it fits no store. ``pending_impact`` is not yet in the plan: ``with_impact`` adds it,
    once services were counted. ``ended_hold`` is the write that removes the hold of a restore, once
    git says what it put back. ``pages`` are those that a field can be shown on."""

    snapshot: Snapshot
    stored: StoreState
    merged: Merged
    target: TargetState
    plan: Plan
    hold: Hold | None
    scope: Scope
    journal: Journal
    pending_impact: PendingImpact = field(default_factory=PendingImpact)
    undone: tuple[str, ...] = ()
    standing: Standing = field(default_factory=Standing)
    ended_hold: Delete | None = None
    pages: tuple[str, ...] = ()


def evaluate(
    snapshot: Snapshot,
    stored: StoreState,
    desired: Desired,
    options: PlanOptions,
    *,
    ancestry: Ancestry,
    now: datetime,
    store_time: datetime | None = None,
    standing: Standing | None = None,
    run: str = "0" * 32,
    reason: str = "sync",
    last: Reusable | None = None,
) -> Evaluation:
    """Merge and plan. ``store_time`` is the store's own clock, by which a hold ends; ``run`` and
    ``reason`` are those of the journal, ``last`` is of the sync's last attempt. Raises InputError
    if the document schema refuses the merged document."""
    base = _base(stored, options)
    merged = merge(desired, stored, base=base, prune=options.prune, last=last)
    hold = decode(snapshot[snapshot.keys.hold], store_time or now)
    undone = undone_by_sync(hold, desired, stored, merged)
    is_over = hold is not None and is_settled(hold, stored, undone)
    context = GuardContext(
        options.writer.owner,
        ancestry,
        None if is_over else hold,
        options.prune,
        options.allowed,
        options.thresholds,
        undone,
        standing or Standing(),
    )
    refusals = guards.refusals(desired, stored, merged, base, context)
    if refusals and not merged.results:
        raise guards.refused(refusals)  # there is no document to make a plan of
    raw = assemble(desired, stored, merged.results, rfc3339(now))
    target = TargetState(checked(raw, desired.schema), merged.owned, options.depth)
    scope = journal.scope(stored, target, options.writer)
    ended_hold = delete(snapshot) if is_over else None
    entries, too_large = _journal(
        snapshot,
        stored,
        target,
        Run(run, now, reason, options.writer),
        options.limits,
        ended_hold,
    )
    headroom = _headroom(snapshot, target, entries, options.limits)
    too_large_later = () if too_large else _too_large_later(snapshot, target, options, now)
    plan = plan_of(
        stored,
        merged,
        target.document,
        refusals=(*refusals, *too_large),
        overridden=guards.overridden(desired, stored, merged, base, context, refusals),
        flags=guards.flags(options.allowed, prune=options.prune),
        document_drift=_document_drift(stored, scope),
        warnings=(
            *problems(stored),
            *too_large_later,
            *([f"{hold}; overridden, and it stays on"] if hold and options.allowed.hold else []),
            *(f"{backup}; the setting `history` keeps more" for backup in entries.leaving),
        ),
        headroom=headroom,
    )
    pending_impact = impact.pending_impact(desired, stored, merged, base, target.document)
    return Evaluation(
        snapshot,
        stored,
        merged,
        target,
        plan,
        hold,
        scope,
        entries,
        pending_impact,
        undone,
        standing or Standing(),
        ended_hold,
        desired.pages,
    )


def with_impact(evaluation: Evaluation, usage: Usage, allowed: Allowed) -> Evaluation:
    """The same with its impact, and with a refusal if that breaks something and may not."""
    plan = evaluation.plan
    impacts = impact.resolve_impact(evaluation.pending_impact, usage)
    refusals = (*plan.refusals, *guards.breaking(impacts, allowed))
    overridden = plan.overridden
    if allowed.breaking:
        overridden += tuple(guards.breaking(impacts, Allowed()))
    plan = replace(plan, impact=impacts, refusals=refusals, overridden=overridden)
    return replace(evaluation, plan=plan)


def _journal(
    snapshot: Snapshot,
    stored: StoreState,
    target: TargetState,
    run: Run,
    limits: Limits,
    hold: Delete | None,
) -> tuple[Journal, tuple[Refusal, ...]]:
    """The journal; if the store cannot take the values, an empty one and a refusal."""
    try:
        return journal.write(snapshot, stored, target, run, limits, hold), ()
    except Refused as error:
        if isinstance(stored.record, UnknownRecord):  # which has a guard of its own
            return Journal(Scope.NOTHING), ()
        return Journal(Scope.NOTHING), (Refusal("size", str(error), "", error.hint),)


def _headroom(
    snapshot: Snapshot, target: TargetState, entries: Journal, limits: Limits
) -> Headroom:
    """How full the store would be; how full it is, if there is nothing to write."""
    puts = (op for step in entries.steps for op in step if isinstance(op, Put))
    written = {op.key: len(op.value) for op in puts}
    in_order = entries.form is Form.ORDERED
    writes = len(entries.steps) if in_order else min(1, len(entries.steps))
    live = {
        key: len(value.value)
        for key, value in snapshot.values.items()
        if isinstance(value, Present) and key in snapshot.keys.all
    }
    sizes = {snapshot.keys.document: 0, **live, **written}
    largest = max(sizes, key=lambda name: sizes[name])
    size = len(target.document.encoded)
    return Headroom(size, limits.value, largest, sizes[largest], writes)


def _too_large_later(
    snapshot: Snapshot, target: TargetState, options: PlanOptions, now: datetime
) -> tuple[str, ...]:
    """A warning for each later write that would not fit the store."""
    later = shortages(
        target.document,
        target.owned,
        snapshot.keys,
        target.depth,
        options.limits,
        options.writer,
        now,
    )
    return tuple(f"{shortage.message}; {shortage.hint}" for shortage in later)


def _base(stored: StoreState, options: PlanOptions) -> Owned:
    """What git had set. Empty for a document that is taken over: its base is the other owner's."""
    taken_over = options.allowed.take_over and any(
        guards.foreign_owner(stored, options.writer.owner, Allowed())
    )
    return {} if taken_over else stored.base


def _document_drift(stored: StoreState, scope: Scope) -> list[FieldDrift]:
    """Drift of the document as a whole, and what is missing in our own keys only."""
    match stored.document:
        case Foreign(reason):
            return [FieldDrift("", Drift.CORRUPT, detail=_with_backup(stored, reason))]
        case Missing():
            return [FieldDrift("", Drift.MISSING, detail=_with_backup(stored, "absent"))]
        case Document() as live:
            drift = [FieldDrift("", Drift.WRAPPED)] if live.wrapped else []
        case _:
            return [FieldDrift("", Drift.MISSING, detail=_with_backup(stored, "empty"))]
    lacking = {Scope.RECORD: "record", Scope.CAPTURE: "backup of what is live"}
    if scope in lacking:
        drift.append(FieldDrift("", Drift.BOOKKEEPING, detail=lacking[scope]))
    return drift


def _with_backup(stored: StoreState, what: str) -> str:
    """What is wrong with the document, and the backup that a sync would put back."""
    backup = stored.restored_from
    return f"{what}; a sync puts back the backup of {backup.timestamp}" if backup else what

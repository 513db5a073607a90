"""One look at the store, put beside what is wanted: the merge, the plan and what to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from fieldkeep.core.common import canonical
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.document.document import Corrupt, Document, Missing
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.journal import Form, Run, Scope, TargetState
from fieldkeep.core.merge.assemble import assemble, checked
from fieldkeep.core.merge.decide import Drift
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import FieldDrift, Merged, merge
from fieldkeep.core.plan import guards, impact, plan
from fieldkeep.core.plan.findings import Refusal
from fieldkeep.core.plan.guards import Allowed, Ancestry, GuardContext
from fieldkeep.core.plan.impact import PendingImpact
from fieldkeep.core.plan.plan import Headroom, Plan, Size
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.core.plan.usage import Usage
from fieldkeep.core.stored.hold import Hold, decode
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.record import Owned
from fieldkeep.core.stored.state import StoreState, problems
from fieldkeep.errors import Refused
from fieldkeep.model import Limits, Present, Put, Writer


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What this command may do: ``allowed`` by flag, ``prune`` orphans, ``depth`` backups kept."""

    writer: Writer
    allowed: Allowed = field(default_factory=Allowed)
    prune: bool = False
    depth: int = 10
    limits: Limits = field(default_factory=Limits)
    thresholds: Thresholds = field(default_factory=Thresholds)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an apply would do with the store as it was when ``snapshot`` was read. What is at
    ``pending_impact`` enters the plan, and meets its guard, once it is weighed."""

    snapshot: Snapshot
    stored: StoreState
    merged: Merged
    target: TargetState
    plan: Plan
    hold: Hold | None
    scope: Scope
    pending_impact: PendingImpact = field(default_factory=PendingImpact)


def evaluate(
    snapshot: Snapshot,
    stored: StoreState,
    desired: Desired,
    request: PlanOptions,
    *,
    ancestry: Ancestry,
    now: datetime,
) -> Evaluation:
    """Merge and plan. Raises InputError when consumers would refuse the merged document."""
    base = _base(stored, request)
    merged = merge(desired, stored, base=base, prune=request.prune)
    hold = decode(snapshot[snapshot.keys.hold], now)
    around = GuardContext(request.writer.owner, ancestry, hold, request.prune, request.thresholds)
    refusals = guards.guard(desired, stored, merged, base, around, request.allowed)
    if refusals and not merged.results:
        raise guards.refused(refusals)  # there is no document to make a plan of
    raw = assemble(desired, stored, merged.results, rfc3339(now))
    target = TargetState(checked(raw, desired.schema), merged.owned, request.depth)
    extent = journal.scope(stored, target, request.writer)
    room = _room(snapshot, stored, target, request, now)
    if isinstance(room, Refused):
        refusals = (*refusals, Refusal("size", str(room), "", room.hint))
        room = _filled(snapshot, {}, request.limits, writes=0)
    planned = plan.make(
        stored,
        merged,
        target.document,
        refusals=refusals,
        notes=_whole(stored, extent),
        warnings=(*problems(stored), *_overridden(hold, request.allowed)),
        size=Size(len(canonical.dumps(raw)), request.limits.value),
        room=room,
    )
    at_stake = impact.pending_impact(desired, stored, merged, base, target.document)
    return Evaluation(snapshot, stored, merged, target, planned, hold, extent, at_stake)


def with_impact(found: Evaluation, usage: Usage, allowed: Allowed) -> Evaluation:
    """The same with its impact, and refused where that breaks something that is not allowed."""
    weighed = impact.resolve_impact(found.pending_impact, usage)
    refusals = (*found.plan.refusals, *guards.breaking(weighed, allowed))
    return replace(found, plan=replace(found.plan, impact=weighed, refusals=refusals))


def _room(
    snapshot: Snapshot, stored: StoreState, target: TargetState, request: PlanOptions, now: datetime
) -> Headroom | Refused:
    """How full the store would be, or why it would not take it."""
    run = Run("0" * 32, now, "sync", request.writer)
    try:
        found = journal.write(snapshot, stored, target, run, request.limits)
    except Refused as error:
        return error
    written = {op.key: len(op.value) for step in found.steps for op in step if isinstance(op, Put)}
    in_order = found.form is Form.ORDERED
    writes = len(found.steps) if in_order else min(1, len(found.steps))
    return _filled(snapshot, written, request.limits, writes)


def _filled(
    snapshot: Snapshot, written: Mapping[str, int], limits: Limits, writes: int
) -> Headroom:
    live = {
        key: len(value.value)
        for key, value in snapshot.values.items()
        if isinstance(value, Present) and key in snapshot.keys.all
    }
    sizes = {snapshot.keys.document: 0, **live, **written}
    key = max(sizes, key=lambda name: sizes[name])
    return Headroom(key, Size(sizes[key], limits.value), writes)


def _base(stored: StoreState, request: PlanOptions) -> Owned:
    """Who takes a document over starts with an empty base: the other owner's is not ours."""
    taken = request.allowed.take_over and any(
        guards.foreign_owner(stored, request.writer.owner, Allowed())
    )
    return {} if taken else stored.base


def _overridden(hold: Hold | None, allowed: Allowed) -> Iterator[str]:
    if hold and allowed.hold:
        yield f"{hold}; overridden, and it stays on"


def _whole(stored: StoreState, extent: Scope) -> list[FieldDrift]:
    """Drift of the document as a whole, and what only our own keys lack."""
    match stored.document:
        case Corrupt(reason):
            return [FieldDrift("", Drift.CORRUPT, detail=_standing_in(stored, reason))]
        case Document() as live:
            found = [FieldDrift("", Drift.WRAPPED)] if live.wrapped else []
        case Missing():
            return [FieldDrift("", Drift.MISSING, detail=_standing_in(stored, "absent"))]
        case _:
            return [FieldDrift("", Drift.MISSING, detail=_standing_in(stored, "empty"))]
    lacking = {Scope.RECORD: "record", Scope.CAPTURE: "backup of what is live"}
    if extent in lacking:
        found.append(FieldDrift("", Drift.BOOKKEEPING, detail=lacking[extent]))
    return found


def _standing_in(stored: StoreState, what: str) -> str:
    """What a sync would do about a document that is gone."""
    backup = stored.restored_from
    return f"{what}; a sync puts back the backup of {backup.timestamp}" if backup else what

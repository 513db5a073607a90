"""Simulates the store after a sync of one commit into an empty store, so that the working tree can
be compared with that commit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from fieldkeep.core.journal import journal
from fieldkeep.core.journal.journal import Run
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.outcome import Drift
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, evaluate, with_impact
from fieldkeep.core.plan.guards import Ancestry
from fieldkeep.core.plan.usage import Postponed
from fieldkeep.core.stored import state
from fieldkeep.core.stored.keys import Keys
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.model import Absent, Limits, Live, Present, Put, Writer

NOT_ASKED: Final = "not asked: this compares commits"
# Neither the clock nor how long a file took to read may reach the digest.
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNLIMITED: Final = Limits(1 << 30, 1 << 30)


def simulate_sync(desired: Desired, writer: Writer, keys: Keys) -> Snapshot:
    """The keys after a sync of ``desired``, the commit of ``writer``, into an empty store. Raises
    InputError if there is nothing to apply."""
    readings = tuple(replace(reading, duration_ms=0) for reading in desired.readings)
    desired = replace(desired, readings=readings)
    values: dict[str, Live] = {key: Absent() for key in keys.all}
    empty = Snapshot(keys, values)
    stored = state.decode(empty)
    options = PlanOptions(writer, limits=_UNLIMITED)
    evaluation = evaluate(empty, stored, desired, options, ancestry=Ancestry.NOT_ASKED, now=_EPOCH)
    run = Run("0" * 32, _EPOCH, "sync", writer)
    entries = journal.write(empty, stored, evaluation.target, run, _UNLIMITED)
    puts = [op for step in entries.steps for op in step if isinstance(op, Put)]
    return Snapshot(keys, values | {op.key: Present(op.value, 1, 1) for op in puts})


def compare(
    snapshot: Snapshot, desired: Desired, options: PlanOptions, *, commit: str, now: datetime
) -> Evaluation:
    """What ``desired`` changes of a simulated store. No service is counted, and drift of our own
    keys is left out."""
    stored = state.decode(snapshot)
    evaluation = evaluate(snapshot, stored, desired, options, ancestry=Ancestry.NOT_ASKED, now=now)
    evaluation = with_impact(evaluation, Postponed(), options.allowed)
    plan = evaluation.plan
    drift = tuple(entry for entry in plan.drift if entry.drift is not Drift.BOOKKEEPING)
    return replace(evaluation, plan=replace(plan, drift=drift, against=f"git:{commit}"))

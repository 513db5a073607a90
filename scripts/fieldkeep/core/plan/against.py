"""A commit in the place of what is live: the store as its sync onto nothing leaves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from fieldkeep.core.journal import journal
from fieldkeep.core.journal.journal import Run
from fieldkeep.core.merge.decide import Drift
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions, evaluate, with_impact
from fieldkeep.core.plan.guards import Ancestry
from fieldkeep.core.plan.usage import Postponed
from fieldkeep.core.stored import state
from fieldkeep.core.stored.keys import Keys, Snapshot
from fieldkeep.model import Absent, Limits, Live, Present, Put, Writer

NOT_ASKED: Final = "not asked: this compares commits"
# Neither the clock nor how long a file took to read may reach the digest.
_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BOUNDLESS: Final = Limits(1 << 30, 1 << 30)


def applied(desired: Desired, writer: Writer, keys: Keys) -> Snapshot:
    """All keys after a sync of ``desired``, the commit of ``writer``. Raises InputError if there is
    nothing to apply."""
    desired = replace(
        desired, readings=tuple(replace(one, duration_ms=0) for one in desired.readings)
    )
    values: dict[str, Live] = {key: Absent() for key in keys.all}
    nothing = Snapshot(keys, values)
    stored = state.decode(nothing)
    request = PlanOptions(writer, limits=_BOUNDLESS)
    found = evaluate(nothing, stored, desired, request, ancestry=Ancestry.NOT_ASKED, now=_ONCE)
    run = Run("0" * 32, _ONCE, "sync", writer)
    entries = journal.write(nothing, stored, found.target, run, _BOUNDLESS)
    written = [op for step in entries.steps for op in step if isinstance(op, Put)]
    return Snapshot(keys, values | {op.key: Present(op.value, 1, 1) for op in written})


def compared(
    shot: Snapshot, desired: Desired, request: PlanOptions, *, commit: str, now: datetime
) -> Evaluation:
    """What ``desired`` changes of it. Nobody is asked whom it touches; what our own keys would lack
    is said of no store."""
    stored = state.decode(shot)
    found = evaluate(shot, stored, desired, request, ancestry=Ancestry.NOT_ASKED, now=now)
    found = with_impact(found, Postponed(), request.allowed)
    drift = tuple(one for one in found.plan.drift if one.drift is not Drift.BOOKKEEPING)
    return replace(found, plan=replace(found.plan, drift=drift, against=f"git:{commit}"))

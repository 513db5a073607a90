"""Damaged values are kept, byte for byte, before anything overwrites them."""

from __future__ import annotations

from fieldkeep.core.journal.sizes import too_large
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.state import StoreState, damaged_keys
from fieldkeep.model import Absent, Check, Limits, Operation, Put


def set_aside(
    snapshot: Snapshot, stored: StoreState, limits: Limits
) -> tuple[tuple[Operation, ...], ...]:
    """A transaction for each damaged value that is not under its ``.corrupt`` key already. Not in
    the apply's own: together they might not fit one."""
    steps: list[tuple[Operation, ...]] = []
    for key in damaged_keys(snapshot, stored):
        live, aside = snapshot[key], snapshot.keys.aside(key)
        if isinstance(live, Absent):
            continue
        kept = snapshot[aside]
        if isinstance(kept, Absent) or kept.value != live.value:
            put = Put(aside, live.value, snapshot.index(aside))
            both = (Check(key, live.index), put)
            steps.append(both if too_large(both, limits) is None else (put,))
    return tuple(steps)

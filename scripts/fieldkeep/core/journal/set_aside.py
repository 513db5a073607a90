"""Keeps damaged values, byte for byte, before an apply overwrites them."""

from __future__ import annotations

from fieldkeep.core.journal.sizes import too_large
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.state import StoreState, damaged_keys
from fieldkeep.model import Absent, Check, Limits, Operation, Put


def set_aside_steps(
    snapshot: Snapshot, stored: StoreState, limits: Limits
) -> tuple[tuple[Operation, ...], ...]:
    """A transaction for each damaged value that its ``.corrupt`` key does not hold already. They
    are not part of the apply's own transaction: together they might exceed the store's limits."""
    steps: list[tuple[Operation, ...]] = []
    for key in damaged_keys(snapshot, stored):
        live, corrupt_key = snapshot[key], snapshot.keys.aside(key)
        if isinstance(live, Absent):
            continue
        aside = snapshot[corrupt_key]
        if isinstance(aside, Absent) or aside.value != live.value:
            put = Put(corrupt_key, live.value, snapshot.index(corrupt_key))
            both = (Check(key, live.index), put)
            steps.append(both if too_large(both, limits) is None else (put,))
    return tuple(steps)

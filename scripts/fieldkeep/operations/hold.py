"""Sets a hold on a key, and ends it."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.journal.set_aside import of_value
from fieldkeep.core.stored import hold as holds
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.apply import Lost, commit
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, Unanswered, Unavailable
from fieldkeep.model import Operation, Present
from fieldkeep.operations.events import SetAsideKept
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import store_time


def set_hold(
    project: Project, store: Store, until: str, reason: str, actor: str, *, replace: bool
) -> Hold:
    """Set a hold. Raises UsageError for an end that is not in the future by the store's time,
    Refused if somebody else's is on and ``replace`` is not set, Contended, Unavailable."""
    holds.parse_until(until)
    snapshot = _read(project, store)
    now = store_time(project, store)
    hold = holds.create(holds.until(until, now), reason, actor, now)
    put = holds.put_unless_held(snapshot, hold, now, replace=replace)
    _set_aside(project, store, snapshot)
    _commit(store, [put])
    return hold


def release(project: Project, store: Store) -> Hold | None:
    """End the hold, if one is on, and return it. Raises Contended, Unavailable."""
    snapshot = _read(project, store)
    if operation := holds.delete(snapshot):
        _set_aside(project, store, snapshot)
        _commit(store, [operation])
    return holds.decode(snapshot[snapshot.keys.hold], store_time(project, store))


def _read(project: Project, store: Store) -> Snapshot:
    keys = project.settings.keys
    snapshot = kv.read(store, keys)
    is_foreign = holds.is_foreign(snapshot[keys.hold])
    return kv.read(store, keys, [keys.aside(keys.hold)]) if is_foreign else snapshot


def _set_aside(project: Project, store: Store, snapshot: Snapshot) -> None:
    """Keep a value that is no hold of ours before it is replaced or removed. Raises Refused if
    there is no room for it."""
    live = snapshot[snapshot.keys.hold]
    if isinstance(live, Present) and holds.is_foreign(live):
        at = rfc3339(project.clock())
        kept = of_value(snapshot, snapshot.keys.hold, live.value, at=at, limits=store.limits)
        for step in kept.steps:
            _commit(store, step)
        if kept.steps:
            project.emit(SetAsideKept(kept.added, kept.dropped))


def _commit(store: Store, operations: Sequence[Operation]) -> None:
    match commit(store, operations):
        case Lost(_, Unanswered() as error):
            raise Unavailable(f"{error}; nothing is written yet", error.hint)
        case Lost():
            message = f"{store.url}: somebody else changed the hold at the same moment"
            raise Contended(message, "look at `fieldkeep status`, then run it again")

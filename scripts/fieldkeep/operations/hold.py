"""Sets a hold on a key, and ends it."""

from __future__ import annotations

from fieldkeep.core.stored import hold as holds
from fieldkeep.core.stored.hold import Hold
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.apply import Lost, commit
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, Unanswered, Unavailable
from fieldkeep.model import Delete, Put
from fieldkeep.operations.project import Project


def set_hold(project: Project, store: Store, hold: Hold, *, replace: bool) -> None:
    """Set a hold. Raises Refused if somebody else's is on and ``replace`` is not set, Contended,
    Unavailable."""
    snapshot = kv.read(store, project.settings.keys)
    _commit(store, holds.put_unless_held(snapshot, hold, project.clock(), replace=replace))


def release(project: Project, store: Store) -> Hold | None:
    """End the hold, if one is on, and return it. Raises Contended, Unavailable."""
    snapshot = kv.read(store, project.settings.keys)
    if operation := holds.delete(snapshot):
        _commit(store, operation)
    return holds.decode(snapshot[snapshot.keys.hold], project.clock())


def _commit(store: Store, operation: Put | Delete) -> None:
    match commit(store, [operation]):
        case Lost(_, Unanswered() as error):
            raise Unavailable(f"{error}; nothing is written yet", error.hint)
        case Lost():
            message = f"{store.url}: somebody else changed the hold at the same moment"
            raise Contended(message, "look at `fieldkeep status`, then run it again")

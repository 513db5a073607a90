"""A hold put on a key, or taken off."""

from __future__ import annotations

from fieldkeep.core.stored import hold as holds
from fieldkeep.core.stored.hold import Hold
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.apply import Lost, commit
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Contended, Unanswered, Unavailable
from fieldkeep.model import Delete, Put
from fieldkeep.operations.project import Project


def set_hold(project: Project, store: Store, wanted: Hold, *, replace: bool) -> None:
    """Put a key on hold. Raises Refused where another's hold is on, Contended."""
    snapshot = kv.read(store, project.settings.keys)
    _alone(store, holds.put_unless_held(snapshot, wanted, project.clock(), replace=replace))


def release(project: Project, store: Store) -> Hold | None:
    """End the hold that is there, if any; the one that was on. Raises Contended."""
    snapshot = kv.read(store, project.settings.keys)
    if operation := holds.delete(snapshot):
        _alone(store, operation)
    return holds.decode(snapshot[snapshot.keys.hold], project.clock())


def _alone(store: Store, operation: Put | Delete) -> None:
    match commit(store, [operation]):
        case Lost(_, Unanswered() as error):
            raise Unavailable(f"{error}; nothing was written", error.hint)
        case Lost():
            message = f"{store.url}: somebody else changed the hold at the same moment"
            raise Contended(message, "look at `fieldkeep status`, then run it again")

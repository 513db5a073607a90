"""The store of a project, what is in it, and who writes to it."""

from __future__ import annotations

from fieldkeep.commands import notes
from fieldkeep.core.document.document import Document
from fieldkeep.core.restore import ways_back
from fieldkeep.edges.store import stores
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError
from fieldkeep.operations.events import StoreRead
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_store
from fieldkeep.render import steps


def connect(project: Project, *, stale: bool = False) -> Store:
    """The store of the settings. A ``stale`` one is for reading only."""
    own = project.settings
    store = stores.connect(own.store, own.root, project.variables, own.limits)
    store.tell = project.emit
    return store.stale() if stale else store


def newest_document(project: Project, store: Store) -> Document:
    """The live document, or that of the newest valid backup. Raises InputError without either."""
    _, stored = read_store(store, project.settings)
    project.emit(StoreRead(stored))
    if stored.effective is None:
        raise InputError("there is no document and no backup", *ways_back.WAYS)
    return stored.effective


def location(project: Project, store: Store) -> str:
    """How messages name where the document is."""
    environment = f"{project.settings.environment}: " if project.settings.environment else ""
    return f"{environment}{store.url}, key {project.settings.key}"


def tell_staleness(store: Store, *, stale: bool) -> None:
    """Say, after a read, how old the copy may be that ``--stale`` asked for."""
    if stale and (connection := store.connection()):
        notes.tell("note", steps.staleness(connection.behind))

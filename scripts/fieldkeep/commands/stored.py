"""The store of a project, what is in it, and who writes to it."""

from __future__ import annotations

import click

from fieldkeep.commands.context import field_tree
from fieldkeep.core.document.document import Document
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.restore import ways_back
from fieldkeep.edges.files import identity
from fieldkeep.edges.store import stores
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError
from fieldkeep.model import Writer
from fieldkeep.operations import sync
from fieldkeep.operations.desired import desired_state
from fieldkeep.operations.events import StoreRead
from fieldkeep.operations.project import Project
from fieldkeep.operations.standing import standing
from fieldkeep.operations.stored import read_store
from fieldkeep.render import steps
from fieldkeep.render.words import printable


def connect(project: Project, *, stale: bool = False) -> Store:
    """The store of the settings. A ``stale`` one is for reading only."""
    own = project.settings
    store = stores.connect(own.store, own.root, project.variables, own.limits)
    store.tell = project.emit
    return store.stale() if stale else store


def writer_of(project: Project, ref: str | None = None) -> Writer:
    own = project.settings
    paths = (own.root / own.fields, own.root / own.schema)
    return identity.writer(
        project.checkout, project.variables, owner=own.owner, ref=ref, folders=paths
    )


def evaluate_working_tree(project: Project, store: Store) -> Evaluation:
    """What a sync of the working tree would do, without counting services. An error in a field
    file ends it before the store is asked."""
    desired = desired_state(project, field_tree(project))
    options = PlanOptions(writer_of(project), depth=project.settings.history, limits=store.limits)
    return sync.plan(project, store, desired, options, count_services=False)


def newest_document(project: Project, store: Store) -> Document:
    """The live document, or that of the newest valid backup. Raises InputError without either."""
    _, stored = read_store(store, project.settings)
    project.emit(StoreRead(stored))
    if stored.effective is None:
        raise InputError("there is no document and no backup", ways_back.HINT)
    return stored.effective


def location(project: Project, store: Store) -> str:
    """How messages name where the document is."""
    environment = f"{project.settings.environment}: " if project.settings.environment else ""
    return f"{environment}{store.url}, key {project.settings.key}"


def tell_standing(project: Project, store: Store) -> None:
    """Warn of a checkout that is old, of another branch or dirty."""
    for remark in standing(project, store, writer_of(project)).remarks():
        click.echo(f"warning: {printable(remark)}")


def tell_staleness(store: Store, *, stale: bool) -> None:
    """Say, after a read, how old the copy may be that ``--stale`` asked for."""
    if stale and (connection := store.connection()):
        click.echo(f"note: {steps.staleness(connection.behind)}", err=True)

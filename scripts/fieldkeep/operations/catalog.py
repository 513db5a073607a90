"""Gathers what the catalogue shows: the files, the sources, git and the store, and writes it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from fieldkeep import __version__
from fieldkeep.core.catalog.build import Known, Surroundings, build
from fieldkeep.core.catalog.catalog import Catalog, Commit, Unknown
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.files.tree import Tree
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import FieldkeepError, InputError, Refused, Unavailable
from fieldkeep.operations import sync
from fieldkeep.operations.desired import desired_of, usable_fields
from fieldkeep.operations.events import StoreRead
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_store


def gather(
    project: Project,
    tree: Tree,
    connect: Callable[[], Store],
    options: Callable[[Store], PlanOptions],
    store_name: str,
) -> Catalog:
    """The catalogue of a project. A store, a source or a git that cannot be read is told in it.
    Raises InputError if a field file or a schema has an error."""
    fields = usable_fields(tree)
    desired = desired_of(project, tree, fields)
    stored: StoreState | Unknown
    evaluation: Evaluation | Unknown
    try:
        store = connect()
        snapshot, stored = read_store(store, project.settings)
        project.emit(StoreRead(stored))
    except Unavailable as error:
        stored = evaluation = _unknown(error)
    else:
        try:
            evaluation = sync.evaluated(project, store, snapshot, stored, desired, options(store))
        except (InputError, Refused, Unavailable) as error:  # Unavailable is git then
            evaluation = _unknown(error)
    known = Known(desired, fields.problems, stored, evaluation, _commits(project))
    return build(known, _surroundings(project, store_name))


def _unknown(error: FieldkeepError) -> Unknown:
    return Unknown(f"{error}; {error.hint}" if error.hint else str(error))


def _commits(project: Project) -> tuple[Commit, ...] | Unknown:
    if project.checkout is None:
        return Unknown("this folder is not in a git checkout")
    try:
        logged = tuple(project.checkout.log(_folder(project)))
    except Unavailable as error:
        return _unknown(error)
    return tuple(
        Commit(
            one.sha,
            one.author,
            one.at,
            one.subject,
            {_field(path): letter for path, letter in one.files.items() if path.endswith(".yaml")},
            one.cut_off,
        )
        for one in logged
    )


def _surroundings(project: Project, store_name: str) -> Surroundings:
    own, checkout = project.settings, project.checkout
    commit, uncommitted = None, frozenset[str]()
    with suppress(Unavailable):  # then there are no commits either, and the page says why
        if checkout is not None:
            commit = checkout.head()
            uncommitted = frozenset(map(_field, checkout.changed((_folder(project),))))
    return Surroundings(
        project.clock(),
        own.root.name,
        store_name,
        own.environment,
        __version__,
        own.fields,
        commit,
        uncommitted,
    )


def _folder(project: Project) -> Path:
    return project.settings.root / project.settings.fields


def _field(path: str) -> str:
    return PurePosixPath(path).stem

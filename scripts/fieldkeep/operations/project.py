"""The project that a command works on: its settings, field files, sources and store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fieldkeep.core.common.words import number
from fieldkeep.core.document.document_schema import DocumentSchema, compile_document
from fieldkeep.core.fields.validate import Validated, validate
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.stored import state
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.files import fieldfiles
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.files.tree import Folders, Tree, WorkingTree
from fieldkeep.edges.labels import read_sources
from fieldkeep.edges.labels.read_sources import ReadContext
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError, Unavailable
from fieldkeep.model import Reading, Skipped
from fieldkeep.render import steps
from fieldkeep.settings.settings import Settings


def _silent(line: str) -> None:
    _ = line


@dataclass(frozen=True, slots=True)
class Project:
    """Where we work: ``say`` takes a line for stderr, ``progress`` one that only a terminal
    shows, ``clock`` gives the time."""

    settings: Settings
    here: Path
    checkout: Checkout | None
    variables: Mapping[str, str]
    say: Callable[[str], None]
    clock: Callable[[], datetime]
    progress: Callable[[str], None] = _silent


def working_tree(project: Project) -> WorkingTree:
    where = project.settings
    return WorkingTree(Folders(where.root, where.fields, where.schema), project.here)


def validated(tree: Tree) -> Validated:
    sources, problems = tree.fields()
    return validate(sources, tree.schema(fieldfiles.FIELD_SCHEMA), problems)


def read_context(project: Project) -> ReadContext:
    """Where sources are read; each is told of as soon as it is done."""
    settings = project.settings
    return ReadContext(
        settings.root,
        settings.source_version,
        project.variables,
        project.checkout,
        lambda reading: project.progress(steps.source(reading)),
    )


def document_schema(tree: Tree) -> DocumentSchema:
    schema, problems = compile_document(tree.schema(fieldfiles.DOCUMENT_SCHEMA))
    if schema is None:
        raise InputError("the document's schema cannot be used", problems=problems)
    return schema


def desired_state(project: Project, tree: Tree) -> Desired:
    """What git and Prometheus say. Raises InputError, before any server is asked, if a field file
    or a schema has an error."""
    found = validated(tree)
    if found.errors:
        count = number(len(found.errors), "error")
        message = f"{count} in the fields or their schema: nothing was written"
        raise InputError(message, problems=found.problems)
    schema = document_schema(tree)
    project.say(steps.loaded(found, tree.name))
    settings = project.settings
    readings = read_sources.read_all(settings.sources, read_context(project))
    project.say(steps.extracted(readings))
    choice = LabelFilter(settings.static_labels, settings.exclude)
    return Desired({file.name: file for file in found.files}, found.pages, readings, choice, schema)


def desired_without_sources(project: Project, tree: Tree) -> Desired | None:
    """What git says, without a word of Prometheus; None where the field files cannot be used. For
    a restore, which must not depend on either."""
    try:
        found = validated(tree)
        schema = document_schema(tree)
    except (InputError, Unavailable):
        return None
    if found.errors:
        return None
    settings = project.settings
    unasked = tuple(Skipped(name, "not asked") for name in settings.sources)
    choice = LabelFilter(settings.static_labels, settings.exclude)
    return Desired({file.name: file for file in found.files}, found.pages, unasked, choice, schema)


def require_all(readings: Sequence[Reading]) -> None:
    """Raises Unavailable if a source could not be read; nothing has been written yet."""
    failed = [f"{one.source}: {one.reason}" for one in readings if isinstance(one, Skipped)]
    if failed:
        raise Unavailable(
            f"{number(len(failed), 'source')} not read, nothing was written: {'; '.join(failed)}",
            "without --require-all-sources a sync keeps their last known labels",
        )


def read_store(store: Store, settings: Settings) -> tuple[Snapshot, StoreState]:
    """Read and decode all keys, and those that damaged values are kept under."""
    snapshot = kv.read(store, settings.keys)
    stored = state.decode(snapshot)
    if state.is_inconsistent_read(stored):
        snapshot = kv.read(store, settings.keys)
        stored = state.decode(snapshot)
    if damaged := state.damaged_keys(snapshot, stored):
        snapshot = kv.read(store, settings.keys, map(settings.keys.aside, damaged))
        stored = state.decode(snapshot)
    return snapshot, stored

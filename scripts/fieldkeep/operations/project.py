"""The project that a command works on: its settings, field files, sources and store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from fieldkeep.core.common.words import number
from fieldkeep.core.document.document_schema import DocumentSchema, compile_document
from fieldkeep.core.fields.validate import Validated, validate
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.checkout import Standing
from fieldkeep.core.stored import exported, set_aside, state
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.state import StoreState
from fieldkeep.edges.files import fieldfiles
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.files.tree import Folders, Tree, WorkingTree
from fieldkeep.edges.labels import read_sources
from fieldkeep.edges.labels.read_sources import ReadContext
from fieldkeep.edges.store import kv
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError, Unavailable
from fieldkeep.model import Live, Reading, Skipped, Source, Writer
from fieldkeep.operations.events import Event, FieldsLoaded, SourceRead, SourcesRead
from fieldkeep.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class Project:
    """The settings and surroundings of one command: ``here`` is the folder it was started in,
    ``emit`` takes an event for each step, ``clock`` gives the time."""

    settings: Settings
    here: Path
    checkout: Checkout | None
    variables: Mapping[str, str]
    emit: Callable[[Event], None]
    clock: Callable[[], datetime]


def working_tree(project: Project) -> WorkingTree:
    return WorkingTree(folders(project.settings), project.here)


def folders(settings: Settings) -> Folders:
    return Folders(settings.root, settings.fields, settings.schema)


def validated(tree: Tree) -> Validated:
    sources, problems = tree.fields()
    return validate(sources, tree.schema(fieldfiles.FIELD_SCHEMA), problems)


def read_context(project: Project) -> ReadContext:
    """Where sources are read, with an event for each as soon as it is done."""
    settings = project.settings
    return ReadContext(
        settings.root,
        settings.source_version,
        project.variables,
        project.checkout,
        lambda reading: project.emit(SourceRead(reading)),
    )


def document_schema(tree: Tree) -> DocumentSchema:
    schema, problems = compile_document(tree.schema(fieldfiles.DOCUMENT_SCHEMA))
    if schema is None:
        raise InputError("the document's schema cannot be used", problems=problems)
    return schema


def desired_state(project: Project, tree: Tree) -> Desired:
    """What git and Prometheus say. Raises InputError, before any server is asked, if a field file
    or a schema has an error."""
    fields = validated(tree)
    if fields.errors:
        count = number(len(fields.errors), "error")
        message = f"{count} in the fields or their schema: nothing was written"
        raise InputError(message, problems=fields.problems)
    schema = document_schema(tree)
    project.emit(FieldsLoaded(fields, tree.name))
    readings = read_sources.read_all(project.settings.sources, read_context(project))
    project.emit(SourcesRead(readings))
    return _desired(project.settings, fields, readings, schema)


def desired_without_sources(project: Project, tree: Tree) -> Desired | None:
    """What git says, with every source skipped; None if the field files cannot be used. For a
    restore, which must depend neither on them nor on Prometheus."""
    try:
        fields = validated(tree)
        schema = document_schema(tree)
    except (InputError, Unavailable):
        return None
    if fields.errors:
        return None
    skipped = tuple(Skipped(name, "not asked") for name in project.settings.sources)
    return _desired(project.settings, fields, skipped, schema)


def _desired(
    settings: Settings, fields: Validated, readings: Sequence[Reading], schema: DocumentSchema
) -> Desired:
    files = {file.name: file for file in fields.files}
    return Desired(
        files,
        fields.pages,
        tuple(readings),
        label_filter(settings),
        schema,
        settings.machine_sources,
        settings.unmanaged,
    )


def label_filter(settings: Settings) -> LabelFilter:
    return LabelFilter(settings.static_labels, settings.exclude)


def require_all(readings: Sequence[Reading]) -> None:
    """Raises Unavailable if a source could not be read; nothing has been written yet."""
    failed = [
        f"{reading.source}: {reason}"
        for reading in readings
        if (reason := reading.reason if isinstance(reading, Skipped) else reading.unread)
    ]
    if failed:
        raise Unavailable(
            f"{number(len(failed), 'source')} not read, nothing was written: {'; '.join(failed)}",
            "without --require-all-sources a sync keeps their last known labels",
        )


def standing(project: Project, store: Store, writer: Writer) -> Standing:
    """How the commit that ``writer`` names stands beside the remote's branch."""
    own, checkout, commit = project.settings, project.checkout, writer.commit
    if checkout is None or commit is None:
        needs = (own.branch, own.clean)
        return Standing(None, own.branch, None, 0, False, writer.dirty, *needs, store.shared)
    remote = checkout.remote_main(own.branch)
    return Standing(
        None if writer.ref else checkout.current_branch(),
        own.branch or (remote.removeprefix("origin/") if remote else None),
        remote,
        checkout.behind(commit, remote) if remote else 0,
        remote is not None and checkout.contains(remote, commit),
        writer.dirty,
        own.branch,
        own.clean,
        store.shared,
    )


def store_time(project: Project, store: Store) -> datetime:
    """The time by the server of the store, as its last answer said it; ours where it says none. All
    writers share the server, so a hold ends for all of them at once."""
    connection = store.connection()
    try:
        server = parsedate_to_datetime((connection.date if connection else None) or "")
    except (ValueError, TypeError):
        return project.clock()
    return server if server.tzinfo else server.replace(tzinfo=UTC)


def read_store(store: Store, settings: Settings) -> tuple[Snapshot, StoreState]:
    """Read and decode all keys; for each damaged value, also the key that it is set aside under."""
    snapshot = kv.read(store, settings.keys)
    stored = state.decode(snapshot)
    if state.is_inconsistent_read(stored):
        snapshot = kv.read(store, settings.keys)
        stored = state.decode(snapshot)
    # another value may be damaged by the time that these are read
    while missing := _without_aside(snapshot, stored):
        aside = {*missing, *snapshot.values} - set(settings.keys.all)
        snapshot = kv.read(store, settings.keys, sorted(aside))
        stored = state.decode(snapshot)
    return snapshot, stored


def _without_aside(snapshot: Snapshot, stored: StoreState) -> set[str]:
    damaged = state.damaged_keys(snapshot, stored)
    return {snapshot.keys.aside(key) for key in damaged} - snapshot.values.keys()


def read_set_aside(store: Store, settings: Settings) -> tuple[SetAside, ...]:
    """The values that were set aside, newest first."""
    return set_aside.decode_all(settings.keys, read_set_aside_keys(store, settings))


def read_set_aside_keys(store: Store, settings: Settings) -> dict[str, Live]:
    return {name: store.get(name) for name in map(settings.keys.aside, settings.keys.all)}


def document_set_aside(project: Project, store: Store, number: int) -> Source:
    """The document in a value that was set aside, out of all its wrappers. Raises InputError."""
    entry = set_aside.find(read_set_aside(store, project.settings), number)
    return Source(f"{set_aside.PREFIX}{number}", exported.without_wrappers(entry.value()))

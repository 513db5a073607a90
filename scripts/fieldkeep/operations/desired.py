"""The desired state of a project: its field files, and what its sources say."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkeep.core.common.words import number
from fieldkeep.core.document.document_schema import DocumentSchema, compile_document
from fieldkeep.core.fields.validate import Validated
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.merge.desired import Desired
from fieldkeep.edges.files import fieldfiles
from fieldkeep.edges.files.tree import Tree
from fieldkeep.errors import InputError, Unavailable
from fieldkeep.model import Extracted, Reading, Skipped, Source
from fieldkeep.operations.events import FieldsLoaded
from fieldkeep.operations.project import Project
from fieldkeep.operations.source_events import SourcesRead
from fieldkeep.operations.sources import read_sources_of
from fieldkeep.operations.validation import validated
from fieldkeep.settings.settings import Settings


def document_schema(tree: Tree) -> DocumentSchema:
    return compiled_schema(tree.schema(fieldfiles.DOCUMENT_SCHEMA))


def compiled_schema(source: Source) -> DocumentSchema:
    """Raises InputError."""
    schema, problems = compile_document(source)
    if schema is None:
        raise InputError("the document's schema cannot be used", problems=problems)
    return schema


def desired_state(project: Project, tree: Tree) -> Desired:
    """What git and Prometheus say. Raises InputError, before any server is asked, if a field file
    or a schema has an error."""
    return desired_of(project, tree, usable_fields(tree))


def usable_fields(tree: Tree) -> Validated:
    """The field files. Raises InputError if one, or a schema, has an error."""
    fields = validated(tree)
    if fields.errors:
        count = number(len(fields.errors), "error")
        message = f"{count} in the fields or their schema: nothing was written"
        raise InputError(message, problems=fields.problems)
    return fields


def desired_of(project: Project, tree: Tree, fields: Validated) -> Desired:
    """What Prometheus says beside these fields. Raises InputError for the document's schema."""
    schema = document_schema(tree)
    project.emit(FieldsLoaded(fields, tree.name))
    readings = read_sources_of(project)
    project.emit(SourcesRead(readings, _no_fields(project.settings, fields, readings)))
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


def _no_fields(settings: Settings, fields: Validated, readings: Sequence[Reading]) -> list[str]:
    """The labels that become no field."""
    read = (reading for reading in readings if isinstance(reading, Extracted))
    labels = [label for reading in read for pool in reading.pools for label in pool.labels]
    accepted = {label.name for label in filter(label_filter(settings).accepts, labels)}
    return sorted({label.name for label in labels} - accepted - {f.name for f in fields.files})


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

"""A new field file: what the sources know of its label, and the file in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldkeep.core.document.attributes import NAME
from fieldkeep.core.edit import categories
from fieldkeep.core.edit.assignments import assigned
from fieldkeep.core.edit.field_text import created
from fieldkeep.core.edit.new_field import KnownLabel, Question, known_label, questions
from fieldkeep.core.fields.allowed import allowed
from fieldkeep.core.fields.field_schema import check
from fieldkeep.core.fields.load import load
from fieldkeep.edges.labels import read_sources
from fieldkeep.model import FieldFile, Json, Source
from fieldkeep.operations import field_edit
from fieldkeep.operations.adopt import field_files, schema_path
from fieldkeep.operations.field_edit import FieldEdit, Files
from fieldkeep.operations.project import Project, working_tree
from fieldkeep.operations.sources import read_context


def read(project: Project) -> Files:
    """All field files; none if there is no folder yet. Raises InputError."""
    tree = working_tree(project)
    return field_edit.with_schema(tree, field_files(tree))


def known(project: Project, name: str) -> KnownLabel:
    """What the sources say of a label; one that cannot be read is named as such."""
    return known_label(name, read_sources.read_all(project.settings.sources, read_context(project)))


def questions_about(label: KnownLabel, files: Files) -> list[Question]:
    others = [file for source in files.sources if (file := load(source)[0])]
    return questions(label, allowed(files.schema.raw), categories.named_by(others))


def answered(
    files: Files, entries: dict[str, Json], question: Question, text: str
) -> dict[str, Json] | str:
    """The entries with an answer; or why the schema refuses it. A default that nobody typed is
    left out, unless the schema requires the attribute. Raises UsageError."""
    given = text or question.proposed or question.default
    if not given:
        return entries
    result = assigned(entries, files.schema, [f"{question.attribute}={given}"])
    before, after = _misfits(files, entries), _misfits(files, result)
    if not text and not question.proposed and before.keys() <= after.keys():
        return entries
    return next((after[message] for message in after if message not in before), result)


def _misfits(files: Files, entries: Mapping[str, Json]) -> dict[str, str]:
    """What the schema says of these entries, and with it what to do."""
    file = FieldFile(str(entries[NAME]), entries, "")
    return {found.message: f"{found.message}; {found.hint}" for found in check(files.schema, file)}


def drafted(project: Project, files: Files, entries: dict[str, Json]) -> FieldEdit:
    """The file with these entries. Raises InputError if it would not be valid."""
    tree, name = working_tree(project), str(entries[NAME])
    content = created(entries, schema_path(tree))
    return files.checked(None, Source(f"{tree.name}/{name}.yaml", content))


def typed(files: Files, name: str, assignments: Sequence[str]) -> dict[str, Json]:
    """The entries of a new file from ``ATTR=VALUE``. Raises UsageError."""
    return assigned({NAME: name}, files.schema, assignments)

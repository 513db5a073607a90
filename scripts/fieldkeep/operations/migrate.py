"""Rewrites older field files: all are made and validated before the first is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fieldkeep.core.edit.field_text import CannotEdit
from fieldkeep.core.fields.validate import validate
from fieldkeep.core.migrate import migrated
from fieldkeep.edges.files import atomic_files, fieldfiles
from fieldkeep.edges.files.atomic_files import Change
from fieldkeep.errors import InputError
from fieldkeep.model import Source
from fieldkeep.operations.field_edit import refusal
from fieldkeep.operations.project import Project, working_tree


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A field file of an older version, and its text for the version that we read."""

    before: Source
    after: Source


def draft(project: Project, paths: Sequence[str]) -> tuple[Rewritten, ...]:
    """The older ones among the field files, or among those that are named; writes nothing. Raises
    InputError if a file would not be valid, Refused if no edit of its text says the new entries."""
    tree = working_tree(project)
    named = tuple(map(Path, paths))
    sources, unread = fieldfiles.named(named, project.here) if named else tree.fields()
    try:
        after = [migrated(source) for source in sources]
    except CannotEdit as error:
        raise refusal(error) from error
    found = validate(after, tree.schema(fieldfiles.FIELD_SCHEMA), unread)
    if found.errors:
        raise InputError(
            "nothing was written", "correct what is named above", problems=found.errors
        )
    pairs = zip(sources, after, strict=True)
    return tuple(Rewritten(old, new) for old, new in pairs if old.content != new.content)


def write(project: Project, files: Sequence[Rewritten]) -> None:
    """Raises Refused if a file changed meanwhile (nothing is written then), Unavailable."""
    atomic_files.replace_all(
        Change(project.here / file.before.path, file.before.content, file.after.content)
        for file in files
    )

"""A field file that a person edits: what it says afterwards, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fieldkeep.edges.files import kept_texts
from fieldkeep.edges.files.atomic_files import Change, held, replace_all
from fieldkeep.model import Place, Problem, Severity, Source
from fieldkeep.operations import field_edit
from fieldkeep.operations.project import Project


@dataclass(frozen=True, slots=True)
class HandEdit:
    """A file before and after an editor had it open (None: it is gone), and its findings."""

    before: Source
    after: Source | None
    problems: tuple[Problem, ...]

    @property
    def is_change(self) -> bool:
        return self.after is None or self.after.content != self.before.content

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


def begin(project: Project, name: str) -> Source:
    """The file of a field, with all of its bytes. Raises InputError if there is none."""
    source = field_edit.read(project).named(name)
    return Source(source.path, held(project.here / source.path) or b"")


def look(project: Project, before: Source) -> HandEdit:
    """What the file says now."""
    content = held(project.here / before.path)
    if content is None:
        gone = Problem(Place(before.path), "file/missing", "the file is gone", "write it again")
        return HandEdit(before, None, (gone,))
    after = Source(before.path, content)
    return HandEdit(before, after, field_edit.read(project).findings(after))


def go_back(project: Project, edit: HandEdit) -> Path | None:
    """Restore the text as it was; return where the other one is kept, if there is one. Raises
    Refused if the file has changed since it was looked at, Unavailable."""
    path, kept = project.here / edit.before.path, None
    if edit.after is not None:
        kept = keep(project, edit.after)
    now = edit.after.content if edit.after else None
    replace_all([Change(path, now, edit.before.content)])
    return kept


def keep(project: Project, source: Source) -> Path:
    """Where this text of a field file lies now. Raises Unavailable."""
    return kept_texts.keep(project.settings.root, Path(source.path).stem, source.content)

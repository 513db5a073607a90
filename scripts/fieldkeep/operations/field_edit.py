"""Field files changed by a command: the new text is made and validated in memory, then written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.document.attributes import NAME
from fieldkeep.core.edit import categories, formatting
from fieldkeep.core.edit.assignments import assigned
from fieldkeep.core.edit.field_text import CannotEdit, rewritten
from fieldkeep.core.edit.yamltext import sayable
from fieldkeep.core.fields.field_schema import Schema, check, compile_schema
from fieldkeep.core.fields.load import load
from fieldkeep.core.fields.validate import validate
from fieldkeep.edges.files import atomic_files, fieldfiles
from fieldkeep.edges.files.atomic_files import Change, create
from fieldkeep.edges.files.tree import WorkingTree
from fieldkeep.errors import InputError, Refused, UsageError
from fieldkeep.model import Attributes, FieldFile, Problem, Severity, Source
from fieldkeep.operations.project import Project, working_tree

_LABELS: Final = "a field is called as the Prometheus label: letters, digits and _, no digit first"


@dataclass(frozen=True, slots=True)
class FieldEdit:
    """A field file before (None: there is none) and after an edit, the warnings that the edit
    brings, and what may be a slip of the hand."""

    before: Source | None
    after: Source
    warnings: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_change(self) -> bool:
        return self.before is None or self.before.content != self.after.content


@dataclass(frozen=True, slots=True)
class Files:
    """All field files, the findings of reading them, and their schema."""

    sources: tuple[Source, ...]
    unread: tuple[Problem, ...]
    schema_source: Source
    schema: Schema

    def named(self, name: str) -> Source:
        """The file of a field. Raises InputError."""
        by_stem = {_stem(source.path): source for source in self.sources}
        if name in by_stem:
            return by_stem[name]
        if problems := [p for p in self.unread if _stem(p.where.path) == name]:
            raise InputError(f"the file of '{name}' cannot be read", problems=problems)
        near = closest(_stem(name), by_stem)
        hint = f"`fieldkeep new {name}` writes one, `fieldkeep adopt {name}` takes the live field"
        raise InputError(
            f"there is no file of a field '{name}'", f"did you mean '{near}'?" if near else hint
        )

    def require_free(self, name: str) -> None:
        """Raises InputError if there is something of that name, or of one that differs only in
        case; or if no field may have it. UsageError if it is no text."""
        if not sayable(name):
            raise UsageError(f"'{name}' is not UTF-8", "type it in a terminal that is")
        found = check(self.schema, FieldFile(name, {NAME: name}, name))
        if misfits := [problem for problem in found if problem.check != "schema/required"]:
            raise InputError(f"no field can be called '{name}': {misfits[0].message}", _LABELS)
        for path in (*(s.path for s in self.sources), *(p.where.path for p in self.unread)):
            if _stem(path).lower() == name.lower():
                raise InputError(
                    f"{path} is there already; nothing was written",
                    f"`fieldkeep set {_stem(path)} ATTR=VALUE` changes it, `fieldkeep edit"
                    f" {_stem(path)}` opens it",
                )

    def findings(self, source: Source) -> tuple[Problem, ...]:
        """Of one file, new or as it is to be, with the rules between files."""
        others = tuple(other for other in self.sources if other.path != source.path)
        return _of(source.path, validate((*others, source), self.schema_source).problems)

    def checked(self, before: Source | None, after: Source) -> FieldEdit:
        """The edit. Raises InputError with the findings that make it none that may be written."""
        found = self.findings(after)
        if any(problem.severity is Severity.ERROR for problem in found):
            raise InputError("nothing was written", "correct what is named above", problems=found)
        if before and found:
            known = {(problem.check, problem.message) for problem in self.findings(before)}
            found = tuple(p for p in found if (p.check, p.message) not in known)
        return FieldEdit(before, after, found, tuple(self._lone_categories(before, after)))

    def _lone_categories(self, before: Source | None, after: Source) -> Iterator[str]:
        """Those that the edit names, and no other field has."""
        own = categories.named_by(_loaded([after]))
        old = categories.named_by(_loaded([before] if before else []))
        if not set(own) - set(old):
            return
        there = categories.named_by(_loaded(s for s in self.sources if s.path != after.path))
        for name in own:
            if there and name not in old and name not in there:
                yield f"no other field has the category '{name}'; there are: {', '.join(there)}"


def read(project: Project) -> Files:
    """Raises InputError if there is no folder of field files, or if the schema cannot be used."""
    tree = working_tree(project)
    return with_schema(tree, tree.fields())


def with_schema(tree: WorkingTree, files: fieldfiles.Read) -> Files:
    """Raises InputError."""
    schema_source = tree.schema(fieldfiles.FIELD_SCHEMA)
    schema, problems = compile_schema(schema_source)
    if schema is None:
        raise InputError("the schema cannot be used", problems=problems)
    return Files(*files, schema_source, schema)


def with_assigned(
    project: Project, name: str, assignments: Sequence[str], unset: Sequence[str]
) -> FieldEdit:
    """The file of a field with attributes set and removed; writes nothing. Raises InputError,
    UsageError, Refused."""
    files = read(project)
    before = files.named(name)
    after = with_entries(
        before, lambda entries: assigned(entries, files.schema, assignments, unset)
    )
    return files.checked(before, Source(before.path, after))


def with_entries(before: Source, wanted: Callable[[Attributes], Attributes]) -> bytes:
    """The content with other entries. Raises InputError if the file cannot be read, Refused if no
    edit of its text says them."""
    file, problems = load(before)
    if file is None or problems:
        raise InputError("nothing was written", "correct the file by hand first", problems=problems)
    try:
        return rewritten(before, wanted(file.attributes))
    except CannotEdit as error:
        raise refusal(error) from error


def refusal(error: CannotEdit) -> Refused:
    message = f"{error.where}: {error}; nothing was written"
    return Refused(message, "edit the file by hand at this place")


def formatted(
    project: Project, paths: Sequence[str]
) -> tuple[tuple[FieldEdit, ...], tuple[Problem, ...]]:
    """These files, or all, in their canonical form, and the findings of those that cannot be read;
    writes nothing. Raises InputError if there is no folder of field files."""
    if paths:
        sources, problems = fieldfiles.named(tuple(map(Path, paths)), project.here)
    else:
        sources, problems = working_tree(project).fields()
    edits, found = [], list(problems)
    for source in sources:
        file, unread = load(source)
        found += unread
        if file and not unread:
            edits.append(FieldEdit(source, Source(source.path, formatting.formatted(file))))
    return tuple(edits), tuple(found)


def write(project: Project, *edits: FieldEdit) -> None:
    """Raises Refused if a file has changed meanwhile, Unavailable if one cannot be written."""
    atomic_files.replace_all(
        Change(project.here / edit.after.path, edit.before.content, edit.after.content)
        for edit in edits
        if edit.before
    )
    for edit in edits:
        if not edit.before and not create(project.here / edit.after.path, edit.after.content):
            raise Refused(f"{edit.after.path}: is there now; it was left alone", "run it again")


def _loaded(sources: Iterable[Source]) -> list[FieldFile]:
    return [file for source in sources if (file := load(source)[0])]


def _of(path: str, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.where.path == path)


def _stem(path: str) -> str:
    return path.rsplit("/", 1)[-1].removesuffix(".yaml").removesuffix(".yml")

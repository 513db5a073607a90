"""All field files and their schema -> the fields that hold, and every finding of every file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldkeep.core.fields import field_schema, rules
from fieldkeep.core.fields.load import load
from fieldkeep.model import FieldFile, Problem, Severity, Source


@dataclass(frozen=True, slots=True)
class Validated:
    """``files`` (by name) are only to be used when there is no ``error``."""

    files: tuple[FieldFile, ...]
    problems: tuple[Problem, ...]
    pages: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity is Severity.WARNING)


def validate(
    sources: Sequence[Source], schema_source: Source, already: Sequence[Problem] = ()
) -> Validated:
    """``already`` are the findings of reading (a link, an unreadable file): they count too."""
    compiled, problems = field_schema.compile_schema(schema_source)
    found = [*already, *problems, *rules.same_but_case([source.path for source in sources])]
    files = []
    for source in sources:
        file, syntax = load(source)
        found.extend(syntax)
        if file is None:
            continue
        files.append(file)
        found.extend(rules.file_name(file))
        if compiled is not None:
            misfits = field_schema.check(compiled, file)
            found.extend(misfits or rules.within(file))
    files.sort(key=lambda file: file.name)
    if not any(problem.severity is Severity.ERROR for problem in found):
        found.extend(rules.orders(files))
    ordered = sorted(found, key=lambda p: (p.where, p.check, p.message))
    return Validated(tuple(files), tuple(ordered), compiled.pages if compiled else ())

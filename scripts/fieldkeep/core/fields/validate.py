"""All field files and their schema -> the field files as values, and all findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldkeep.core.fields import field_schema, rules, versions
from fieldkeep.core.fields.load import load
from fieldkeep.model import FieldFile, Problem, Severity, Source


@dataclass(frozen=True, slots=True)
class Validated:
    """``files``, sorted by name, may only be used if there are no ``errors``."""

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
    """Validate all field files. ``already`` are findings of reading them (a link, an unreadable
    file)."""
    compiled, problems = field_schema.compile_schema(schema_source)
    findings = [*already, *problems, *rules.same_but_case([source.path for source in sources])]
    files = []
    for source in sources:
        file, syntax = load(source)
        findings.extend(syntax)
        if file is None:
            continue
        files.append(file)
        findings.extend(rules.file_name(file))
        if other := versions.misfit(file):
            findings.append(other)
        elif compiled is not None:
            misfits = field_schema.check(compiled, file)
            findings.extend(misfits or rules.within(file))
    files.sort(key=lambda file: file.name)
    if not any(problem.severity is Severity.ERROR for problem in findings):
        findings.extend(rules.orders(files))
    ordered = sorted(findings, key=lambda p: (p.where, p.check, p.message))
    return Validated(tuple(files), tuple(ordered), compiled.pages if compiled else ())

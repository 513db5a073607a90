"""Answers questions about labels: which rules set one, what differs between two places, and which
rules do something else than they seem to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from fieldkeep.core.fields.validate import Validated, validate
from fieldkeep.core.labels import compare as comparing
from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.label_explanation import LabelExplanation, explain_label
from fieldkeep.core.labels.lint_escapes import lint_escapes
from fieldkeep.core.labels.lint_fields import Check, lint_fields
from fieldkeep.core.labels.lint_rules import lint_rules
from fieldkeep.core.labels.lint_targets import lint_targets
from fieldkeep.core.labels.redact import redact
from fieldkeep.core.labels.relabel.version import PRODUCTS, VICTORIAMETRICS, parse_version
from fieldkeep.edges.files import fieldfiles, input_files
from fieldkeep.edges.labels import read_sources
from fieldkeep.errors import FieldkeepError, InputError, Unavailable, UsageError
from fieldkeep.model import Extracted, Place, PoolReading, Problem, Severity, Skipped, Source
from fieldkeep.operations.desired import label_filter
from fieldkeep.operations.events import PrometheusChecked
from fieldkeep.operations.project import Project
from fieldkeep.operations.sources import read_context
from fieldkeep.settings.sources import SourceSetting, at_ref, is_url

_ENGINE: Final = re.compile(rf"({'|'.join(PRODUCTS)})(?:@([^:]*))?(?::(.+))?")


def explain(project: Project, label: str) -> Mapping[str, Sequence[LabelExplanation] | Skipped]:
    """By source, what its rules do to a label; Skipped if the source cannot be read."""
    explanations: dict[str, Sequence[LabelExplanation] | Skipped] = {}
    for name, setting in project.settings.sources.items():
        try:
            pools = read_sources.pools_of(setting, read_context(project))
        except (InputError, Unavailable) as error:
            explanations[name] = Skipped(name, redact(str(error)))
        else:
            explanations[name] = [explain_label(pool, label) for pool in pools]
    return explanations


def review(project: Project, validated: Validated, schema: Source) -> list[Problem]:
    """Findings about the relabel rules of every source, and between them and the field files.
    ``schema`` is that of the field files."""
    pools: dict[str, Sequence[ScrapePool]] = {}
    problems: list[Problem] = []
    configurations = 0
    settings = project.settings
    context = replace(read_context(project), here=project.here)
    for name, setting in settings.sources.items():
        count, checked = read_sources.check_files(setting, context)
        configurations += count
        problems += checked
        try:
            pools[name] = read_sources.pools_of(setting, context)
        except InputError as error:
            errors = {problem.where for problem in checked if problem.severity is Severity.ERROR}
            refused = error.problems or (_unread(name, setting, error),)
            problems += [problem for problem in refused if problem.where not in errors]
        except Unavailable as error:
            problems.append(_unread(name, setting, error))
    check = _check_of_new_files(validated, schema)
    readings = read_sources.read_all(settings.sources, context)
    all_pools = [pool for pools_of_source in pools.values() for pool in pools_of_source]
    project.emit(PrometheusChecked(configurations))
    findings = [
        *problems,
        *lint_rules(all_pools),
        *lint_escapes(all_pools),
        *lint_targets(all_pools),
        *lint_fields(
            pools,
            readings,
            validated.files,
            label_filter(settings),
            check,
            settings.unmanaged,
        ),
    ]
    return list(dict.fromkeys(findings))  # sources, and jobs, may share files and rules


def _check_of_new_files(validated: Validated, schema: Source) -> Check:
    """What validate would say of a field file, once it and those that had no problem are there."""
    names = [file.name for file in validated.files]

    def check(name: str, text: str) -> Problem | None:
        path = f"fields/{name}.yaml"
        twins = [other for other in names if other.lower() == name.lower()]
        problem = fieldfiles.misfit(path, nested="/" in name)
        if problem is None and twins:
            message = f"differs from {twins[0]}.yaml only in case"
            problem = Problem(Place(path), "file/case", message, "keep one of the two")
        if problem is None:
            errors = validate([Source(path, text.encode())], schema).errors
            problem = next(iter(errors), None)
        if problem is None:
            names.append(name)
        return problem

    return check


def _unread(name: str, setting: SourceSetting, error: FieldkeepError) -> Problem:
    path = next((where for where in setting.where if not is_url(where)), name)
    message = f"source {name} could not be read: {redact(str(error))}"
    return Problem(
        Place(path),
        "relabel/source-unread",
        message,
        error.hint or "see the message",
        Severity.WARNING,
    )


def compare(project: Project, a: str, b: str) -> comparing.Comparison:
    """How the labels of ``a`` and ``b`` differ: each a source's name, a place, or a commit, which
    means all sources at it; or an engine, which means all sources in files as it reads them.

    Raises:
        UsageError: one of them is none of these.
        Unavailable: one cannot be read.
    """
    in_a, in_b = _readings(project, a), _readings(project, b)
    notes_a, notes_b = _notes(in_a), _notes(in_b)
    return replace(
        comparing.compare(_pools(in_a), _pools(in_b)),
        notes_a=tuple(note for note in notes_a if note not in notes_b),
        notes_b=tuple(note for note in notes_b if note not in notes_a),
    )


def _readings(project: Project, side: str) -> list[Extracted]:
    readings: list[Extracted] = []
    for reading in read_sources.read_all(_sources(project, side), read_context(project)):
        if isinstance(reading, Skipped):
            raise Unavailable(f"{side}: {reading.reason}", "both sides must be readable")
        readings.append(reading)
    return readings


def _notes(readings: Sequence[Extracted]) -> list[str]:
    return [warning for reading in readings for warning in reading.warnings]


def _pools(readings: Sequence[Extracted]) -> list[PoolReading]:
    return [pool for reading in readings for pool in reading.pools]


def _sources(project: Project, side: str) -> Mapping[str, SourceSetting]:
    sources = project.settings.sources
    if side in sources:
        return {side: sources[side]}
    if engine := _ENGINE.fullmatch(side):
        return _as_engine(project, *engine.groups())
    if is_url(side) or side.startswith("git:"):
        return {side: SourceSetting((side,))}
    path = project.here / side.partition("#")[0]
    if input_files.exists(path, side) or any(char in side for char in "*?"):
        return {side: SourceSetting((str(project.here / side),))}
    if project.checkout is None:
        hint = f"sources: {', '.join(sources)}" if sources else "name a file, or git:REV:PATH"
        raise UsageError(f"'{side}' is neither a source nor a place", hint)
    commit = project.checkout.resolve(side)
    at_commit = {name: at_ref(source, commit) for name, source in sources.items()}
    return {name: source for name, source in at_commit.items() if source.where}


def _as_engine(
    project: Project, product: str, version: str | None, where: str | None
) -> Mapping[str, SourceSetting]:
    """Sources in files as an engine reads them. What VictoriaMetrics refuses with its default flags
    is told: it would hide all other differences."""
    release = parse_version(version) if version else None
    if version and release is None:
        raise UsageError(f"'{version}' is no version", f"for example {product}@2.53")
    sources = _sources(project, where) if where else project.settings.sources
    in_files = {
        name: replace(
            source,
            where=places,
            engine=product,
            version=release,
            strict=product != VICTORIAMETRICS,
            live=None,
            catalog=None,
        )
        for name, source in sources.items()
        if (places := tuple(place for place in source.where if not is_url(place)))
    }
    if not in_files:
        raise UsageError("no source is a file", f"name one: {product}@VERSION:PATH")
    return in_files

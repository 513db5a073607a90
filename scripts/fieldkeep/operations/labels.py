"""Questions about labels: who sets one, what differs between two places, and which rules do
otherwise than they look. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldkeep.core.fields.validate import Validated
from fieldkeep.core.labels import compare as comparing
from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.label_explanation import LabelExplanation, explain_label
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.labels.lint_fields import lint_fields
from fieldkeep.core.labels.lint_rules import lint_rules
from fieldkeep.core.labels.redact import redact
from fieldkeep.edges.labels import read_sources
from fieldkeep.errors import FieldkeepError, InputError, Unavailable, UsageError
from fieldkeep.model import Extracted, Place, PoolReading, Problem, Severity, Skipped
from fieldkeep.operations.project import Project, read_context
from fieldkeep.settings.sources import SourceSetting, at_ref, is_url


def explain(project: Project, label: str) -> Mapping[str, Sequence[LabelExplanation] | Skipped]:
    """By source, what its rules do to a label; Skipped for one that can not be read."""
    found: dict[str, Sequence[LabelExplanation] | Skipped] = {}
    for name, setting in project.settings.sources.items():
        try:
            pools = read_sources.pools_of(setting, read_context(project))
        except FieldkeepError as error:
            found[name] = Skipped(name, redact(str(error)))
        else:
            found[name] = [explain_label(pool, label) for pool in pools]
    return found


def review(project: Project, validated: Validated) -> list[Problem]:
    """Findings about the relabel rules of every source, and between them and the field files."""
    pools: dict[str, Sequence[ScrapePool]] = {}
    problems: list[Problem] = []
    settings = project.settings
    for name, setting in settings.sources.items():
        try:
            pools[name] = read_sources.pools_of(setting, read_context(project))
        except InputError as error:
            problems += error.problems or (_unread(name, error),)
        except FieldkeepError as error:
            problems.append(_unread(name, error))
    readings = read_sources.read_all(settings.sources, read_context(project))
    choice = LabelFilter(settings.static_labels, settings.exclude)
    everything = [pool for found in pools.values() for pool in found]
    return [
        *problems,
        *lint_rules(everything),
        *lint_fields(pools, readings, validated.files, choice),
    ]


def _unread(name: str, error: FieldkeepError) -> Problem:
    message = f"source {name} could not be read: {redact(str(error))}"
    return Problem(
        Place(name),
        "relabel/source-unread",
        message,
        error.hint or "see the message",
        Severity.WARNING,
    )


def compare(project: Project, a: str, b: str) -> comparing.Comparison:
    """Two of: a source's name, a place, a commit (then all sources at it).

    Raises:
        UsageError: neither of these.
        Unavailable: one can not be read.
    """
    return comparing.compare(_pools(project, a), _pools(project, b))


def _pools(project: Project, what: str) -> list[PoolReading]:
    readings = read_sources.read_all(_sources(project, what), read_context(project))
    for reading in readings:
        if isinstance(reading, Skipped):
            raise Unavailable(f"{what}: {reading.reason}", "both sides must be readable")
    return [pool for one in readings if isinstance(one, Extracted) for pool in one.pools]


def _sources(project: Project, what: str) -> Mapping[str, SourceSetting]:
    sources = project.settings.sources
    if what in sources:
        return {what: sources[what]}
    place = (project.here / what).exists() or any(char in what for char in "*?")
    if is_url(what) or what.startswith("git:"):
        return {what: SourceSetting((what,))}
    if place:
        return {what: SourceSetting((str(project.here / what),))}
    if project.checkout is None:
        hint = f"sources: {', '.join(sources)}" if sources else "name a file, or git:REV:PATH"
        raise UsageError(f"'{what}' is neither a source nor a place", hint)
    commit = project.checkout.resolve(what)
    found = {name: at_ref(one, commit) for name, one in sources.items()}
    return {name: one for name, one in found.items() if one.where}

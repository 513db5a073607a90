"""Findings that compare labels with each other and with the field files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from fieldkeep.core.common.places import places_of
from fieldkeep.core.common.suggest import closest
from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.label_origins import LabelFilter, first_source
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.model import (
    Certainty,
    Extracted,
    FieldFile,
    LabelReading,
    Place,
    Problem,
    Reading,
    Severity,
)

# What is wrong with a new field file, from its name and text; None if nothing is.
Check = Callable[[str, str], Problem | None]
PlacedLabels = Mapping[str, Sequence[tuple[Place, LabelReading]]]


def lint_fields(
    pools: Mapping[str, Sequence[ScrapePool]],
    readings: Sequence[Reading],
    files: Sequence[FieldFile],
    label_filter: LabelFilter,
    check: Check = lambda _name, _text: None,
    unmanaged: Unmanaged = Unmanaged.SHOW,
) -> list[Problem]:
    """All findings; ``pools`` holds the scrape pools of each source by its name. A field file is
    only suggested if ``check`` has nothing against it, and where labels without one become fields.
    """
    labels: dict[str, list[tuple[Place, LabelReading]]] = {}
    families: list[str] = []
    for reading in readings:
        if isinstance(reading, Extracted):
            by_job = {pool.job: pool for pool in pools.get(reading.source, ())}
            for pool in reading.pools:
                for label in pool.labels:
                    if label.certainty is Certainty.OPEN:
                        families.append(label.pattern or ".*")
                    elif label_filter.accepts(label):
                        where = _place(by_job.get(pool.job), label, reading.source)
                        labels.setdefault(label.name, []).append((where, label))
    complete = all(isinstance(r, Extracted) and not r.unread for r in readings)
    by_name = {file.name: file for file in files}
    problems = [*_two_origins(labels)]
    if unmanaged is not Unmanaged.IGNORE:
        shown = _SHOWN if unmanaged is Unmanaged.HIDE else ""
        problems += _without_field(labels, by_name, check, shown)
    if complete and readings:
        problems += _without_rule(by_name, labels, families)
    return problems


def _place(pool: ScrapePool | None, label: LabelReading, source: str) -> Place:
    index = label.rules[0].index if label.rules else -1
    if pool is None:
        return Place(source)
    return pool.notes[index].where if 0 <= index < len(pool.notes) else pool.where


def _two_origins(labels: PlacedLabels) -> Iterator[Problem]:
    """Labels that two jobs fill from different sources: their values may mean different things."""
    for name, placed in sorted(labels.items()):
        by_origin = {
            origin: where
            for where, label in reversed(placed)
            if label.rules and (origin := first_source(label.rules[0]))
        }
        if len(by_origin) > 1 and name != "instance":
            (first, first_place), (second, second_place) = sorted(
                by_origin.items(), key=lambda pair: (pair[1], pair[0])
            )[:2]
            yield Problem(
                second_place,
                "relabel/two-origins",
                f"{name} comes from {second} here, and from {first} at {first_place}",
                "one field describes both: see that they mean the same",
                Severity.WARNING,
            )


# What a file says for a field that was hidden while it had none.
_SHOWN: Final = ", pages: all, visibility: {table: true, form: true, filter: true}"


def _without_field(
    labels: PlacedLabels, files: Mapping[str, FieldFile], check: Check, shown: str
) -> Iterator[Problem]:
    for name in sorted(labels.keys() - files.keys() - {"instance"}):
        where = labels[name][0][0]
        yield Problem(
            where,
            "relabel/no-field",
            f"the label {name} has no field file",
            _file_hint(name, check, shown),
            Severity.WARNING,
        )


def _file_hint(name: str, check: Check, shown: str) -> str:
    """The field file to write, if it would be valid; else why it would not."""
    display_name = name.replace("_", " ").title()
    text = (
        f"{{name: {_yaml(name)}, display_name: {_yaml(display_name)},"
        f" type: string, category: extra{shown}}}"
    )
    problem = check(name, text)
    if problem is None:
        return f"fields/{name}.yaml: {text}"
    if problem.check.startswith("file/") or problem.message.startswith("name: "):
        return f"it can have none ({problem.message}): rename the label, or exclude it"
    return f"write one that your schema takes ({problem.message})"


def _yaml(text: str) -> str:
    plain = text.replace("_", "a").replace(" ", "a").isalnum() and text.isascii()
    return text if plain else json.dumps(text)


def _without_rule(
    files: Mapping[str, FieldFile],
    labels: PlacedLabels,
    families: Sequence[str],
) -> Iterator[Problem]:
    for name, file in sorted(files.items()):
        if name in labels or any(matches(family, name) for family in families):
            continue
        near = closest(name, labels.keys() - files.keys())
        yield Problem(
            places_of(file).key(("name",)),
            "relabel/no-rule",
            f"no rule of any source sets the label {name}",
            f"did you mean '{near}'?" if near else "add a rule, or remove the file",
            Severity.WARNING,
        )

"""Rules that no schema can state: between the entries of a file, and between files."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fieldkeep.model import FieldFile, Place, Problem, Severity


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a file breaks. ``entries`` are those that the rule compares, parts written
    ``validation.regex``: the finding stands at the first, and without any of them it is gone."""

    entries: tuple[str, ...]
    problem: Problem


def within(file: FieldFile) -> Iterator[Problem]:
    """The findings of the rules of one file that already satisfies the schema."""
    return (broken_rule.problem for broken_rule in broken(file))


def broken(file: FieldFile) -> Iterator[Broken]:
    """The broken rules of a file that already satisfies the schema."""
    entries = file.attributes
    options, default = entries.get("options"), entries.get("default")
    if entries.get("type") == "select" and not options:
        yield _broken(
            file,
            ("type", "options"),
            "rule/options",
            "a select needs options",
            "add `options: [...]`",
        )
    if options and default not in (None, "") and default not in options:
        yield _broken(
            file,
            ("default", "options"),
            "rule/default",
            f"the default {default!r} is not one of the options",
            "add it to options, or choose one of them",
        )
    validation = entries.get("validation", {})
    try:
        with warnings.catch_warnings(action="ignore"):  # FutureWarning: a later Python may differ
            re.compile(validation.get("regex", ""))
    except (re.error, OverflowError, RecursionError) as error:
        yield _broken(
            file,
            ("validation.regex",),
            "rule/regex",
            f"the regular expression does not compile: {error}",
            "in YAML, a regex is safest in single quotes",
        )
    shortest, longest = validation.get("min_length", 0), validation.get("max_length")
    if longest is not None and shortest > longest:
        yield _broken(
            file,
            ("validation.min_length", "validation.max_length"),
            "rule/length",
            f"min_length {shortest} is more than max_length {longest}: nothing fits",
            "swap the two",
        )


def _broken(
    file: FieldFile, entries: tuple[str, ...], check: str, message: str, hint: str
) -> Broken:
    place = _place(file, *entries[0].split("."))
    return Broken(entries, Problem(place, check, message, hint))


def file_name(file: FieldFile) -> Iterator[Problem]:
    """The finding where the name in the file differs from the file's own name."""
    stem = file.path.rsplit("/", 1)[-1].removesuffix(".yaml")
    if isinstance(file.attributes.get("name"), str) and file.name != stem:
        yield Problem(
            _place(file, "name"),
            "file/name",
            f"the name is '{file.name}', the file's is '{stem}'",
            f"rename the file to {file.name}.yaml, or the field to {stem}",
        )


def same_but_case(paths: Sequence[str]) -> Iterator[Problem]:
    """A finding for each file whose name differs from another's only in case: on many machines the
    two are one file."""
    seen: dict[str, str] = {}
    for path in sorted(paths):
        if (first := seen.setdefault(path.lower(), path)) != path:
            message = f"differs from {first.rsplit('/', 1)[-1]} only in case"
            hint = "keep one of the two: on some file systems they are one file"
            yield Problem(Place(path), "file/case", message, hint)


def orders(files: Sequence[FieldFile]) -> Iterator[Problem]:
    """A warning for each field whose order another field of its category has too: their sequence
    is undefined."""
    taken: dict[tuple[str, int], list[FieldFile]] = defaultdict(list)
    for file in files:
        category, order = file.attributes.get("category"), file.attributes.get("order")
        if order is None or category is None:
            continue
        for name in [category] if isinstance(category, str) else category:
            taken[(name, order)].append(file)
    for (category, order), sharing in sorted(taken.items()):
        first, *others = sorted(sharing, key=lambda file: file.name)
        for file in others:
            yield Problem(
                _place(file, "order"),
                "rule/order",
                f"order {order} is also that of '{first.name}' in the category {category}",
                "choose a free number",
                Severity.WARNING,
            )


def _place(file: FieldFile, *path: str) -> Place:
    return file.marks.get(path, Place(file.path))

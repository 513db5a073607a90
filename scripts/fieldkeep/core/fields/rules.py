"""Rules that no schema can state: between attributes of a file, and between files."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence

from fieldkeep.model import FieldFile, Place, Problem, Severity


def within(file: FieldFile) -> Iterator[Problem]:
    """The rules of one file that already satisfies the schema."""
    attributes = file.attributes
    options, default = attributes.get("options"), attributes.get("default")
    if attributes.get("type") == "select" and not options:
        yield _problem(
            file, ("type",), "rule/options", "a select needs options", "add `options: [...]`"
        )
    if options and default not in (None, "") and default not in options:
        yield _problem(
            file,
            ("default",),
            "rule/default",
            f"the default {default!r} is not one of the options",
            "add it to options, or choose one of them",
        )
    validation = attributes.get("validation", {})
    try:
        with warnings.catch_warnings(action="ignore"):  # of what a later Python may read otherwise
            re.compile(validation.get("regex", ""))
    except (re.error, OverflowError, RecursionError) as error:
        yield _problem(
            file,
            ("validation", "regex"),
            "rule/regex",
            f"the regular expression does not compile: {error}",
            "in YAML, a regex is safest in single quotes",
        )
    shortest, longest = validation.get("min_length", 0), validation.get("max_length")
    if longest is not None and shortest > longest:
        yield _problem(
            file,
            ("validation", "min_length"),
            "rule/length",
            f"min_length {shortest} is more than max_length {longest}: nothing fits",
            "swap the two",
        )


def file_name(file: FieldFile) -> Iterator[Problem]:
    """The name is said twice, in the file and by it; two that differ would be two fields."""
    stem = file.path.rsplit("/", 1)[-1].removesuffix(".yaml")
    if isinstance(file.attributes.get("name"), str) and file.name != stem:
        yield _problem(
            file,
            ("name",),
            "file/name",
            f"the name is '{file.name}', the file's is '{stem}'",
            f"rename the file to {file.name}.yaml, or the field to {stem}",
        )


def same_but_case(paths: Sequence[str]) -> Iterator[Problem]:
    """Two files whose names differ only in case are one file on many machines."""
    seen: dict[str, str] = {}
    for path in sorted(paths):
        if (first := seen.setdefault(path.lower(), path)) != path:
            message = f"differs from {first.rsplit('/', 1)[-1]} only in case"
            hint = "keep one of the two: on some file systems they are one file"
            yield Problem(Place(path), "file/case", message, hint)


def orders(files: Sequence[FieldFile]) -> Iterator[Problem]:
    """Two fields with one order in one category have no defined sequence there (a warning)."""
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
                file.marks.get(("order",), Place(file.path)),
                "rule/order",
                f"order {order} is also that of '{first.name}' in the category {category}",
                "choose a free number",
                Severity.WARNING,
            )


def _problem(
    file: FieldFile, path: tuple[str, ...], check: str, message: str, hint: str
) -> Problem:
    return Problem(file.marks.get(path, Place(file.path)), check, message, hint)

"""Rules that no schema can state: between the entries of a file, and between files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.places import places_of
from fieldkeep.core.document.attributes import ENTRY_OF, STRUCTURE, is_reserved
from fieldkeep.core.fields import regexes
from fieldkeep.model import FieldFile, Place, Problem, Severity


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a file breaks. ``entries`` are those that the rule compares, parts written
    ``validation.regex``: the finding stands at the first, and without any of them it is gone."""

    entries: tuple[str, ...]
    problem: Problem

    @property
    def is_error(self) -> bool:
        return self.problem.severity is Severity.ERROR


def within(file: FieldFile) -> Iterator[Problem]:
    """The findings of the rules of one file that already satisfies the schema."""
    return (broken_rule.problem for broken_rule in broken(file))


def broken(file: FieldFile) -> Iterator[Broken]:
    """The broken rules of a file that already satisfies the schema. Only what no reader of the
    document could use is an error; applications hold the rest, and adopt writes what they hold."""
    for rule in (_reserved, _options, _regex, _lengths, _fillable):
        yield from rule(file)
    if isinstance(default := file.attributes.get("default"), str | bool | int | float):
        yield from _default(file, default)


def _reserved(file: FieldFile) -> Iterator[Broken]:
    """A team's own schema may allow what something else sets in the document."""
    for key in filter(is_reserved, file.attributes):
        entry = ENTRY_OF.get(key, "pages")
        setter, hint = f"'{entry}'", f"set {entry} instead"
        if key in STRUCTURE:
            setter, hint = "Prometheus", "remove the line, or choose another name in the schema"
        message = f"'{key}' cannot be set in a field file: {setter} sets it in the document"
        yield _broken(file, (key,), "rule/reserved", message, hint)


def _options(file: FieldFile) -> Iterator[Broken]:
    if file.attributes.get("type") == "select" and not file.attributes.get("options"):
        yield _broken(
            file,
            ("type", "options"),
            "rule/options",
            "a select without options: nothing can be chosen",
            "add `options: [...]`, unless the application has them",
            Severity.WARNING,
        )
    for option in file.attributes.get("options", []):
        if reason := _refused_by_validation(file, option):
            message = f"the option {option!r} {reason}"
            hint = "correct one of the two"
            place = ("options", "validation")
            yield _broken(file, place, "rule/option", message, hint, Severity.WARNING)
            return


def _regex(file: FieldFile) -> Iterator[Broken]:
    misfit = regexes.misfit(file.attributes.get("validation", {}).get("regex", ""))
    if misfit is None:
        return
    if misfit.doubtful:
        message = f"not a regex of JavaScript with the flag u: {misfit.reason}"
        severity = Severity.WARNING
    else:
        message = f"not a regex of JavaScript, which readers run: {misfit.reason}"
        severity = Severity.ERROR
    yield _broken(file, ("validation.regex",), "rule/regex", message, misfit.hint, severity)


def _lengths(file: FieldFile) -> Iterator[Broken]:
    validation = file.attributes.get("validation", {})
    shortest, longest = validation.get("min_length", 0), validation.get("max_length")
    if longest is not None and shortest > longest:
        yield _broken(
            file,
            ("validation.min_length", "validation.max_length"),
            "rule/length",
            f"min_length {shortest} is more than max_length {longest}: nothing fits",
            "swap the two",
        )


def _fillable(file: FieldFile) -> Iterator[Broken]:
    """A required field that nothing shows. One that only forms leave out, a program fills in."""
    entries = file.attributes
    if entries.get("required") is not True:
        return
    for entry, hides, why in (
        ("enabled", entries.get("enabled") is False, "not enabled"),
        ("pages", entries.get("pages") == [], "on no page"),
    ):
        if hides:
            yield _broken(
                file,
                ("required", entry),
                "rule/required",
                f"required, but {why}: people cannot fill it in",
                "show it, or set `required: false`",
                Severity.WARNING,
            )
            return


def _default(file: FieldFile, default: str | float) -> Iterator[Broken]:
    entries = file.attributes
    options = entries.get("options")
    if options and default != "" and default not in options:
        yield _broken(
            file,
            ("default", "options"),
            "rule/default",
            f"the default {default!r} is not one of the options",
            "add it to options, or choose one of them",
        )
    elif default != "" and (kind := entries.get("type")) and not _is_of(kind, default):
        yield _broken(
            file,
            ("default", "type"),
            "rule/default",
            f"the default {default!r} is no value of type {kind}",
            _OF_TYPE[kind],
            Severity.WARNING,
        )
    elif reason := _refused_by_validation(file, default):
        yield _broken(
            file,
            ("default", "validation"),
            "rule/default",
            f"the default {default!r} {reason}",
            "correct one of the two",
            Severity.WARNING,
        )


_OF_TYPE: Final = {
    "boolean": "write true or false",
    "number": "write a number",
    "url": "write an address with its scheme: https://...",
    "string": "put it in quotes",
    "text": "put it in quotes",
    "select": "put it in quotes",
}
# What `Number(text)` of JavaScript takes, without its hexadecimal, binary and octal forms.
_NUMBER: Final = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*", re.ASCII)
_URL: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+")


def _is_of(kind: str, value: str | float) -> bool:
    """Whether a form of this type can hold the value. A type of a team's own holds any."""
    match kind:
        case "boolean":
            return isinstance(value, bool) or value in ("true", "false")
        case "number" if isinstance(value, str):
            return _NUMBER.fullmatch(value) is not None
        case "number":
            return not isinstance(value, bool)
        case "url":
            return isinstance(value, str) and _URL.fullmatch(value) is not None
        case "string" | "text" | "select":
            return isinstance(value, str)
    return True


def _refused_by_validation(file: FieldFile, value: str | float) -> str:
    """Why a value does not pass the file's own ``validation``; '' if it does, or clears."""
    if not isinstance(value, str) or not value:
        return ""
    validation = file.attributes.get("validation", {})
    shortest, longest = validation.get("min_length", 0), validation.get("max_length")
    if len(value) < shortest:
        return f"has {len(value)} characters, at least {shortest} are asked for"
    if longest is not None and len(value) > longest:
        return f"has {len(value)} characters, at most {longest} are allowed"
    if regexes.matches(pattern := validation.get("regex", ""), value) is False:
        return f"does not match {pattern}"
    return ""


def _broken(
    file: FieldFile,
    entries: tuple[str, ...],
    check: str,
    message: str,
    hint: str,
    severity: Severity = Severity.ERROR,
) -> Broken:
    place = _place(file, *entries[0].split("."))
    return Broken(entries, Problem(place, check, message, hint, severity))


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
    return places_of(file).value(path)

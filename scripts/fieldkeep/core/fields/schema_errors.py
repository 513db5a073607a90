"""The schema's errors of a field file -> findings with a hint."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import ValidationError

from fieldkeep.core.common.paths import dotted
from fieldkeep.core.common.places import Places, places_of
from fieldkeep.core.common.suggest import closest, did_you_mean
from fieldkeep.core.common.words import shortened
from fieldkeep.core.document.attributes import ENTRY_OF, as_list
from fieldkeep.model import FieldFile, Json, Problem

_LONGEST_QUOTE = 60
_ALL = "`fieldkeep help attributes` lists them"


@dataclass(frozen=True, slots=True)
class _Error:
    """An error with the part of the schema that it comes from: ``limit`` is the value of the
    ``keyword`` in ``schema``."""

    keyword: str
    limit: Json
    schema: Json
    error: ValidationError

    @property
    def path(self) -> tuple[str | int, ...]:
        return tuple(self.error.instance_path)

    @property
    def instance(self) -> Json:
        return self.error.instance


def explain(
    raw: Mapping[str, Json], errors: Iterable[ValidationError], file: FieldFile
) -> tuple[Problem, ...]:
    """The findings of one file, sorted by place; ``raw`` is the schema that the errors refer to."""
    places = places_of(file)
    problems = (
        problem for error in errors for problem in _problems(raw, _located(raw, error), places)
    )
    return tuple(sorted(problems, key=lambda p: (p.where, p.check, p.message)))


def _located(raw: Json, error: ValidationError) -> _Error:
    *parents, keyword = error.schema_path or [""]
    schema = raw
    for part in parents:
        try:
            schema = schema[part]
        except (LookupError, TypeError):  # a schema within the schema that has an $id of its own
            schema = {}
    limit = schema.get(keyword) if isinstance(schema, dict) else None
    return _Error(error.kind.name, limit, schema, error)


def _problems(raw: Json, error: _Error, places: Places) -> Iterator[Problem]:
    kind: Any = error.error.kind
    match error.keyword:
        case "oneOf" | "anyOf" if all(kind.context):  # a branch without errors: several are valid
            branches = [[_located(raw, sub) for sub in branch] for branch in kind.context]
            yield from _branches(raw, error, branches, places)
        case "additionalProperties" | "unevaluatedProperties":
            yield from _unknown(error, kind.unexpected, places)
        case _:
            message, hint = _words(error)
            yield _problem(error, places, message, hint)


def _branches(
    raw: Json, error: _Error, branches: list[list[_Error]], places: Places
) -> Iterator[Problem]:
    """Explain the alternative whose type the value has."""
    meant = [
        branch for branch in branches if not any(_has_other_type(sub, error) for sub in branch)
    ]
    if len(meant) == 1:
        for sub in meant[0]:
            yield from _problems(raw, sub, places)
        return
    types = " or ".join(
        sorted({str(sub.limit) for branch in branches for sub in branch if sub.keyword == "type"})
    )
    expected = (
        f"one of the forms the schema allows ({types})" if types else "a form the schema allows"
    )
    yield _problem(error, places, f"{_quote(error.instance)} is not {expected}", _null_hint(error))


def _has_other_type(error: _Error, parent: _Error) -> bool:
    if error.path != parent.path:
        return False
    of_const = error.keyword == "const" and type(error.instance) is not type(error.limit)
    return of_const or error.keyword == "type"


def _unknown(error: _Error, unexpected: Iterable[str], places: Places) -> Iterator[Problem]:
    path = error.path
    properties = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    known = sorted(properties)
    for key in sorted(unexpected):
        inside = f" of {path[-1]}" if path else " of a field"
        yield Problem(
            places.key((*path, key)),
            "schema/unknown-attribute",
            f"'{shortened(key, _LONGEST_QUOTE)}' is not an attribute{inside}",
            _other_name(key, known) or did_you_mean(key, known, _ALL),
        )


def _other_name(key: str, known: list[str]) -> str | None:
    """The hint for an entry that somebody wrote as the document calls it."""
    entry = ENTRY_OF.get(key)
    return f"in a field file it is called '{entry}'" if entry in known else None


def _words(error: _Error) -> tuple[str, str]:
    instance, limit = error.instance, error.limit
    value = _quote(instance)
    kind: Any = error.error.kind
    match error.keyword:
        case "enum":
            choices = [str(choice) for choice in limit]
            hint = did_you_mean(str(instance), choices, f"one of: {', '.join(choices)}")
            return f"{value} is not allowed", hint
        case "const":
            near = closest(str(instance), [str(limit)])
            hint = f"did you mean '{near}'?" if near else f"write {limit}, or a list: [{instance}]"
            return f"{value} is not allowed", hint
        case "type":
            return _wrong_type(error)
        case "required":
            missing = shortened(kind.property, _LONGEST_QUOTE)  # one error for each
            return f"'{missing}' is missing", f"add `{missing}: ...`"
        case "pattern":
            return _mismatch(error)
        case "minLength" | "minItems" | "minProperties":
            return f"{value} is too short: at least {limit}", "fill it in, or remove the line"
        case "maxLength" | "maxItems":
            return f"too long: {len(instance):,}, at most {limit:,}", "shorten it"
        case "minimum" | "maximum":
            word = "least" if error.keyword == "minimum" else "most"
            return f"{value} is out of range: at {word} {limit}", "change the number"
        case "uniqueItems":
            return "an item is listed twice", "remove the second one"
        case _:
            return shortened(error.error.message, 200), f"the schema's rule is '{error.keyword}'"


def _mismatch(error: _Error) -> tuple[str, str]:
    value, hint = _quote(error.instance), "change it to match"
    if error.path[:1] == ("category",):
        names = as_list(error.instance)
        if len(names) > 1:
            return f"{value} holds a comma", f"write a list: [{', '.join(names)}]"
        return f"{value} is no plain text", "no spaces around it, no tabs and line breaks in it"
    return f"{value} does not match {error.limit}", hint


def _wrong_type(error: _Error) -> tuple[str, str]:
    instance, limit = error.instance, error.limit
    if instance is None:
        return "null says nothing", _null_hint(error)
    wanted = " or ".join(limit) if isinstance(limit, list) else limit
    return f"{_quote(instance)} is not of type {wanted}", _type_hint(instance, wanted)


def _type_hint(instance: Json, wanted: str) -> str:
    if wanted == "boolean" and str(instance).lower() in ("yes", "no", "on", "off"):
        return f"write {'true' if instance.lower() in ('yes', 'on') else 'false'}"
    if wanted == "string" and isinstance(instance, int | float):
        return "put it in quotes"
    return f"write a value of type {wanted}"


def _null_hint(error: _Error) -> str:
    if error.instance is None:
        return "remove the line to leave it to the application, or clear it with '' or []"
    return "see the schema's description"


_CHECKS = {
    "additionalProperties": "schema/unknown-attribute",
    "const": "schema/enum",
    "maxItems": "schema/length",
    "maxLength": "schema/length",
    "maximum": "schema/range",
    "minItems": "schema/length",
    "minLength": "schema/length",
    "minProperties": "schema/length",
    "minimum": "schema/range",
    "uniqueItems": "schema/unique",
}


def _problem(error: _Error, places: Places, message: str, hint: str) -> Problem:
    path = error.path
    check = _CHECKS.get(error.keyword, f"schema/{error.keyword}")
    if error.instance is None:
        check = "schema/null"
    subject = dotted(path)
    return Problem(places.value(path), check, f"{subject}: {message}" if subject else message, hint)


def _quote(value: Json) -> str:
    return shortened(json.dumps(value, ensure_ascii=False), _LONGEST_QUOTE)

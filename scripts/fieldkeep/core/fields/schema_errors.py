"""jsonschema's errors of a field file -> findings with a hint.

A module of its own because importing jsonschema takes longer than validating all files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby

import re2
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from fieldkeep.core.common.paths import dotted
from fieldkeep.core.common.suggest import closest, did_you_mean
from fieldkeep.core.common.words import shortened
from fieldkeep.core.document.attributes import ENTRY_OF
from fieldkeep.model import FieldFile, Json, Place, Problem

_LONGEST_QUOTE = 60


def _pattern(_: Json, pattern: str, instance: Json, schema: Json) -> Iterator[ValidationError]:
    # RE2 runs in linear time: a nested quantifier in a schema must not hang CI
    if isinstance(instance, str) and not re2.search(pattern, instance):
        yield ValidationError("does not match", validator="pattern", schema=schema)


_Explainer = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def explain(raw: Mapping[str, Json], file: FieldFile) -> tuple[Problem, ...]:
    """The findings of one file, sorted by place."""
    validator = _Explainer(dict(raw), registry=Registry())
    problems = (
        problem
        for error in validator.iter_errors(file.attributes)
        for problem in _problems(error, file)
    )
    return tuple(sorted(problems, key=lambda p: (p.where, p.check, p.message)))


def _problems(error: ValidationError, file: FieldFile) -> Iterator[Problem]:
    match error.validator:
        case "oneOf" | "anyOf" if error.context:
            yield from _branches(error, file)
        case "additionalProperties":
            yield from _unknown(error, file)
        case _:
            message, hint = _words(error)
            yield _problem(error, file, message, hint)


def _branches(error: ValidationError, file: FieldFile) -> Iterator[Problem]:
    """Explain the alternative whose type the value has."""
    context = sorted(error.context or (), key=lambda sub: str(sub.relative_schema_path[0]))
    branches = [
        list(group) for _, group in groupby(context, lambda sub: sub.relative_schema_path[0])
    ]
    meant = [branch for branch in branches if not any(_has_other_type(sub) for sub in branch)]
    if len(meant) == 1:
        for sub in meant[0]:
            yield from _problems(sub, file)
        return
    types = " or ".join(
        sorted({str(sub.validator_value) for sub in context if sub.validator == "type"})
    )
    expected = (
        f"one of the forms the schema allows ({types})" if types else "a form the schema allows"
    )
    yield _problem(error, file, f"{_quote(error.instance)} is not {expected}", _null_hint(error))


def _has_other_type(error: ValidationError) -> bool:
    if error.relative_path:
        return False
    of_const = error.validator == "const" and type(error.instance) is not type(
        error.validator_value
    )
    return of_const or error.validator == "type"


def _unknown(error: ValidationError, file: FieldFile) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    instance: Json = error.instance
    schema: Json = error.schema
    known = sorted(schema.get("properties", {}))
    for key in sorted(set(instance) - set(known)):
        inside = f" of {path[-1]}" if path else " of a field"
        yield Problem(
            file.keys.get((*path, key), Place(file.path)),
            "schema/unknown-attribute",
            f"'{shortened(key, _LONGEST_QUOTE)}' is not an attribute{inside}",
            _other_name(key, known) or did_you_mean(key, known, f"known: {', '.join(known)}"),
        )


def _other_name(key: str, known: list[str]) -> str | None:
    """The hint for an entry that somebody wrote as the document calls it."""
    entry = ENTRY_OF.get(key)
    return f"in a field file it is called '{entry}'" if entry in known else None


def _words(error: ValidationError) -> tuple[str, str]:
    instance: Json = error.instance
    limit: Json = error.validator_value
    value = _quote(instance)
    match error.validator:
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
            missing = error.message.split("'")[1]  # one error for each that is missing
            return f"'{missing}' is missing", f"add `{missing}: ...`"
        case "pattern":
            return f"{value} does not match {limit}", "change it to match"
        case "minLength" | "minItems" | "minProperties":
            return f"{value} is too short: at least {limit}", "fill it in, or remove the line"
        case "maxLength" | "maxItems":
            return f"too long: {len(instance):,}, at most {limit:,}", "shorten it"
        case "minimum" | "maximum":
            word = "least" if error.validator == "minimum" else "most"
            return f"{value} is out of range: at {word} {limit}", "change the number"
        case "uniqueItems":
            return "an item is listed twice", "remove the second one"
        case _:
            return shortened(error.message, 200), f"the schema's rule is '{error.validator}'"


def _wrong_type(error: ValidationError) -> tuple[str, str]:
    instance: Json = error.instance
    limit: Json = error.validator_value
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


def _null_hint(error: ValidationError) -> str:
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


def _problem(error: ValidationError, file: FieldFile, message: str, hint: str) -> Problem:
    path = tuple(error.absolute_path)
    check = _CHECKS.get(str(error.validator), f"schema/{error.validator}")
    if error.instance is None:
        check = "schema/null"
    subject = dotted(path)
    where = file.marks.get(path, Place(file.path))
    return Problem(where, check, f"{subject}: {message}" if subject else message, hint)


def _quote(value: Json) -> str:
    return shortened(json.dumps(value, ensure_ascii=False), _LONGEST_QUOTE)

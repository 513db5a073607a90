"""A JSON Schema file: read as JSON, and refused if a ``$ref`` of it leaves the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import jsonschema_rs

from fieldkeep.core.common import encoding
from fieldkeep.core.common.paths import dotted
from fieldkeep.model import Json, Place, Problem, Source

RESTORE: Final = "restore it from git, or delete it to use the packaged schema"


def parse(source: Source) -> tuple[Json, tuple[Problem, ...]]:
    """The JSON value of a schema file, or the finding why it cannot be used."""
    place = Place(source.path)
    try:
        raw = json.loads(encoding.as_utf8(source.content).decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        place, reason = Place(source.path, error.lineno, error.colno), error.msg
    except RecursionError:
        reason = "nested too deep"
    except ValueError as error:
        reason = str(error).splitlines()[0]
    else:
        remote = sorted({ref for ref in _references(raw) if not ref.startswith("#")})
        if not remote:
            return raw, ()
        message = f"$ref '{remote[0]}' leaves the schema"
        return None, (Problem(place, "schema/ref", message, "copy what it needs under $defs"),)
    return None, (Problem(place, "schema/json", f"not JSON: {reason}", RESTORE),)


class NotASchemaError(ValueError):
    """JSON that is no usable JSON Schema, with the way out."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def validator(schema: Json, *, linear: bool = False) -> jsonschema_rs.Draft202012Validator:
    """The compiled schema. ``linear`` takes the regex engine that runs in linear time, which has no
    look-around and no back references. Raises NotASchemaError."""
    engine = jsonschema_rs.RegexOptions() if linear else None
    try:
        return jsonschema_rs.Draft202012Validator(schema, pattern_options=engine)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        if isinstance(error, jsonschema_rs.ValidationError) and error.kind.name == "format":
            # the only format that JSON Schema demands of a schema's own values: a regex
            kind = "no ECMAScript expression" + (" that runs in linear time" if linear else "")
            hint = "write it without look-around and back references" if linear else RESTORE
            raise NotASchemaError(f"the pattern {error.instance} is {kind}", hint) from error
        reason = _why_not_a_schema(schema) or str(error).splitlines()[0]
        raise NotASchemaError(f"not a JSON Schema (2020-12): {reason}", RESTORE) from error


def _why_not_a_schema(schema: Json) -> str:
    """The place and the reason, by jsonschema, whose errors name the values that are allowed. It is
    imported here because that costs more than validating every file."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    meta = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    error = best_match(meta.iter_errors(schema))
    if error is None:
        return ""
    reason = error.context[0] if error.context else error  # the first way to satisfy an `anyOf`
    return f"{dotted(error.absolute_path)}: {reason.message}"


def _references(node: Json) -> Iterator[str]:
    match node:
        case dict():
            for key, value in node.items():
                if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                    yield value
                else:
                    yield from _references(value)
        case list():
            for item in node:
                yield from _references(item)

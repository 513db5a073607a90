"""The JSON Schema of a field file: compiled once, answered fast, explained in our words.

jsonschema-rs answers (microseconds a file); only a file that fails is given to jsonschema, whose
errors carry enough to explain. No ``$ref`` leaves the schema: a schema that fetched something
would make validation depend on a network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import jsonschema_rs
import re2

from fieldkeep.core.document.schemafile import RESTORE, leaving, parse_json
from fieldkeep.model import FieldFile, Json, Place, Problem, Source


@dataclass(frozen=True, slots=True)
class Schema:
    """A field schema that may be asked. ``types`` and ``pages`` are its two enums, in order."""

    path: str
    raw: Mapping[str, Json]
    types: tuple[str, ...]
    pages: tuple[str, ...]
    fast: jsonschema_rs.Draft202012Validator


def compile_schema(source: Source) -> tuple[Schema | None, tuple[Problem, ...]]:
    """Parse and compile a field schema; findings instead of a schema if it cannot be used."""
    raw, problems = parse_json(source)
    if problems:
        return None, problems
    start = Place(source.path)
    if not isinstance(raw, dict):
        return None, (Problem(start, "schema/json", "a schema is a JSON object", RESTORE),)
    if remote := leaving(source.path, raw):
        return None, (remote,)
    if pattern := next(_not_re2(raw), None):
        message = f"the pattern {pattern} is no RE2 expression (RE2 has no look-around)"
        return None, (Problem(start, "schema/invalid", message, "write it without"),)
    try:
        fast = jsonschema_rs.Draft202012Validator(raw)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        message = f"not a JSON Schema (2020-12): {str(error).splitlines()[0]}"
        return None, (Problem(start, "schema/invalid", message, RESTORE),)
    enums = {name: tuple(_enum(raw, name)) for name in ("type", "pages")}
    missing = [
        Problem(
            start,
            "schema/enum",
            f"the property '{name}' has no enum of strings",
            "the enums of 'type' and 'pages' say which types and pages exist",
        )
        for name, values in enums.items()
        if not values
    ]
    if missing:
        return None, tuple(missing)
    return Schema(source.path, raw, enums["type"], enums["pages"], fast), ()


def check(schema: Schema, file: FieldFile) -> tuple[Problem, ...]:
    """The findings of one field file against the schema."""
    if schema.fast.is_valid(file.attributes):
        return ()
    from fieldkeep.core.fields.schema_errors import explain

    return explain(schema.raw, file)


def _not_re2(node: Json) -> Iterator[str]:
    """Patterns that could not be explained: those that RE2, which runs in linear time, lacks."""
    match node:
        case dict():
            given = node.get("pattern")
            patterns = [given] if isinstance(given, str) else []
            keyed = node.get("patternProperties")
            patterns += list(keyed) if isinstance(keyed, dict) else []
            yield from (pattern for pattern in patterns if not _compiles(pattern))
            for inner in node.values():
                yield from _not_re2(inner)
        case list():
            for inner in node:
                yield from _not_re2(inner)


def _compiles(pattern: str) -> bool:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options=options)
    except re2.error:
        return False
    return True


def _enum(raw: Mapping[str, Json], attribute: str) -> Iterable[str]:
    """The first enum of strings at or below a property, local references followed."""
    properties = raw.get("properties")
    todo = [properties.get(attribute)] if isinstance(properties, dict) else []
    seen: list[Json] = []
    while todo:
        node = todo.pop(0)
        if not isinstance(node, dict | list) or any(node is old for old in seen):
            continue
        seen.append(node)
        if isinstance(node, list):
            todo.extend(node)
            continue
        values = node.get("enum")
        if isinstance(values, list) and values and all(isinstance(v, str) for v in values):
            return values
        if isinstance(reference := node.get("$ref"), str):
            todo.append(_resolve(raw, reference))
        todo.extend(node.values())
    return ()


def _resolve(raw: Mapping[str, Json], reference: str) -> Json:
    node: Json = raw
    for part in reference.removeprefix("#").strip("/").split("/"):
        node = (
            node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
        )
    return node

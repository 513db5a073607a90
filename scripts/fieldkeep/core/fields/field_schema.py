"""The JSON Schema of a field file.

No ``$ref`` may leave the schema: validation would depend on a network. Patterns are ECMAScript's,
as JSON Schema recommends, in the engine that runs in linear time: it has no look-around and no back
references, and no pattern of a schema can make a check hang.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import jsonschema_rs

from fieldkeep.core.document import schemafile
from fieldkeep.core.fields import versions
from fieldkeep.model import FieldFile, Json, Place, Problem, Source


@dataclass(frozen=True, slots=True)
class Schema:
    """A compiled field schema. ``types`` and ``pages`` are its two enums, in order."""

    path: str
    raw: Mapping[str, Json]
    types: tuple[str, ...]
    pages: tuple[str, ...]
    validator: jsonschema_rs.Draft202012Validator


def compile_schema(source: Source) -> tuple[Schema | None, tuple[Problem, ...]]:
    """The compiled schema, or the findings why it cannot be used."""
    raw, problems = schemafile.parse(source)
    if problems:
        return None, problems
    start = Place(source.path)
    if not isinstance(raw, dict):
        return None, (
            Problem(start, "schema/json", "a schema is a JSON object", schemafile.RESTORE),
        )
    if other := versions.misfit_of_schema(raw, source.path):
        return None, (other,)
    try:
        validator = schemafile.validator(raw, linear=True)
    except schemafile.NotASchemaError as error:
        return None, (Problem(start, "schema/invalid", str(error), error.hint),)
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
    return Schema(source.path, raw, enums["type"], enums["pages"], validator), ()


def check(schema: Schema, file: FieldFile) -> tuple[Problem, ...]:
    """The findings of one field file against the schema."""
    if schema.validator.is_valid(file.attributes):
        return ()
    from fieldkeep.core.fields.schema_errors import explain

    return explain(schema.raw, schema.validator.iter_errors(file.attributes), file)


def _enum(raw: Mapping[str, Json], key: str) -> Iterable[str]:
    """The first enum of strings at or below a property, local references followed."""
    properties = raw.get("properties")
    nodes = [properties.get(key)] if isinstance(properties, dict) else []
    seen: list[Json] = []
    while nodes:
        node = nodes.pop(0)
        if not isinstance(node, dict | list) or any(node is old for old in seen):
            continue
        seen.append(node)
        if isinstance(node, list):
            nodes.extend(node)
            continue
        values = node.get("enum")
        if isinstance(values, list) and values and all(isinstance(v, str) for v in values):
            return values
        if isinstance(reference := node.get("$ref"), str):
            nodes.append(resolve(raw, reference))
        nodes.extend(node.values())
    return ()


def resolve(raw: Mapping[str, Json], reference: str) -> Json:
    node: Json = raw
    for part in reference.removeprefix("#").strip("/").split("/"):
        node = (
            node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
        )
    return node

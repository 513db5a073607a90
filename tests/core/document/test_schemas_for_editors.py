"""Both schemas help in an editor: each property explains itself, and what it says is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from referencing import Registry

from fieldkeep.core.document.attribute_table import ANY_PAGE, ENTRIES, FROM_PROMETHEUS, Entry
from fieldkeep.model import Json
from tests.core.document.test_attribute_table import (
    DOCUMENT,
    FIELD,
    TABLE,
    in_document,
    resolved,
)

FOLDER = Path(__file__).parents[3] / "schema"
SCHEMAS = {"field": FIELD, "document": DOCUMENT}
Schema = dict[str, Any]


def properties(node: Json, where: str) -> Iterator[tuple[str, Schema]]:
    """Every property that a schema describes, at any depth, with the place of its description."""
    match node:
        case dict():
            named = node.get("properties", {})
            yield from ((f"{where}/properties/{name}", inner) for name, inner in named.items())
            for name, inner in node.items():
                if name not in ("examples", "default"):  # values, which may look like a schema
                    yield from properties(inner, f"{where}/{name}")
        case list():
            for number, inner in enumerate(node):
                yield from properties(inner, f"{where}/{number}")


EVERY = [
    pytest.param(schema, inner, id=where)
    for name, schema in SCHEMAS.items()
    for where, inner in properties(schema, name)
]


def valid(schema: Schema, part: Schema, value: Json) -> bool:
    """Whether a part of a schema takes a value, by both validators. Neither may fetch anything."""
    whole = {**part, "$defs": schema["$defs"], "$schema": schema["$schema"]}
    ours = jsonschema_rs.Draft202012Validator(whole).is_valid(value)
    others = jsonschema.Draft202012Validator(whole, registry=Registry()).is_valid(value)
    assert ours == others
    return ours


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_is_one_by_the_standard_and_names_itself_without_an_address(
    schema: Schema,
) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    # an address would be asked for by some resolvers
    assert schema["$id"].startswith("urn:fieldkeep:")
    for example in schema.get("examples", ()):
        assert jsonschema_rs.is_valid(schema, example)


@pytest.mark.parametrize(("schema", "part"), EVERY)
def test_each_property_has_title_text_and_examples_that_are_valid(
    schema: Schema, part: Schema
) -> None:
    target = part if "description" in part else schema["$defs"][part["$ref"].split("/")[-1]]
    for text in (part["title"], target["description"]):
        assert text.strip() == text != ""
    assert part["examples"]
    for value in [*part["examples"], *([part["default"]] if "default" in part else [])]:
        assert valid(schema, part, value), value


def in_file(entry: Entry) -> dict[str, Json]:
    """The defaults of an entry's parts, or of itself under "", as a field file writes them. What a
    file cannot say (null), and what is made from the name, has none."""
    found: dict[str, Json] = {}
    for row in entry.attributes:
        value = "all" if row.name == ANY_PAGE and row.default else row.default
        if value is not None:
            found[row.part] = value
    if entry.key == "visibility":
        found[""] = dict(found)
    return found


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_the_defaults_of_a_field_file_are_the_products(entry: Entry) -> None:
    where = f"schema/field.schema.json, properties.{entry.key}"
    assert entry.key in FIELD["properties"], f"{where}: add it, as {TABLE} has it"
    node = resolved(FIELD["properties"][entry.key]) | FIELD["properties"][entry.key]
    inner = node.get("properties", {})
    said = {part: node["default"] for part, node in inner.items() if "default" in node}
    said |= {"": node["default"]} if "default" in node else {}
    assert said == in_file(entry), f"{where}: copy each default from {TABLE}"


def test_the_defaults_of_the_document_are_the_products() -> None:
    field = DOCUMENT["$defs"]["field"]
    said = {k: node["default"] for k, node in field["properties"].items() if "default" in node}
    from_name = {"name", "display_name"}
    table = {k: row.default for k, row in in_document().items() if k not in from_name}
    where = "schema/document.schema.json, $defs.field.properties"
    assert said == table, f"{where}: copy each attribute and its default from {TABLE}"
    pages = [row for entry in ENTRIES for row in entry.attributes if row.name == ANY_PAGE]
    assert field["patternProperties"]["^show_in_"]["default"] is pages[0].default
    of_server = DOCUMENT["$defs"]["server"]["properties"]["fields"]["items"]["properties"]
    for row in FROM_PROMETHEUS:
        assert of_server[row.name]["default"] == row.default


def test_the_files_are_plain_text_that_every_editor_reads() -> None:
    for path in FOLDER.glob("*.json"):
        text = path.read_text("ascii")
        assert json.loads(text)
        assert text.endswith("}\n")

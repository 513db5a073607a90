"""The schemas, the documentation and the labels agree with the attribute table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from fieldkeep.core.document.attribute_table import (
    ANY_PAGE,
    ENTRIES,
    FROM_PROMETHEUS,
    SCHEMA_VERSION,
    Attribute,
    Entry,
)
from fieldkeep.core.document.attributes import defaults
from fieldkeep.core.labels.label_origins import LabelOrigin
from tests.core.build import PAGES, SCHEMA

ROOT = Path(__file__).parents[3]
TABLE = "core/document/attribute_table.py"
FIELD: dict[str, Any] = json.loads((ROOT / "schema/field.schema.json").read_text("utf-8"))
DOCUMENT: dict[str, Any] = json.loads((ROOT / "schema/document.schema.json").read_text("utf-8"))
PAGE = (ROOT / "docs/fields.md").read_text("utf-8")


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """A node of the field schema, its local reference followed."""
    reference = node.get("$ref")
    return FIELD["$defs"][reference.removeprefix("#/$defs/")] if reference else node


def types(node: dict[str, Any]) -> set[str]:
    """The JSON types that a node of a schema allows."""
    node = resolved(node)
    alternatives = node.get("oneOf", node.get("anyOf"))
    if alternatives:
        return set().union(*map(types, alternatives))
    allowed = node.get("type", [])
    return {allowed} if isinstance(allowed, str) else set(allowed)


def in_document() -> dict[str, Attribute]:
    """The attributes that document.schema.json lists one by one."""
    rows = [*(row for entry in ENTRIES for row in entry.attributes), *FROM_PROMETHEUS]
    return {row.name: row for row in rows if row.name != ANY_PAGE and "." not in row.name}


def parts(entry: Entry) -> list[str]:
    return list(dict.fromkeys(row.part for row in entry.attributes if row.part))


def test_the_field_schema_has_the_entries_of_the_table() -> None:
    properties: dict[str, Any] = FIELD["properties"]
    assert list(properties) == [*(entry.key for entry in ENTRIES), SCHEMA_VERSION], (
        f"schema/field.schema.json, properties: list the entries of {TABLE}, in its order"
    )
    for entry in ENTRIES:
        node = resolved(properties[entry.key])
        where = f"schema/field.schema.json, properties.{entry.key}"
        assert node["description"] == entry.text, f"{where}: copy the text from {TABLE}"
        assert list(node.get("properties", [])) == parts(entry), (
            f"{where}.properties: list the parts of {TABLE}, in its order"
        )
        for row in entry.attributes:
            if row.name == ANY_PAGE or (row.part == "" and parts(entry)):
                continue
            inner = node["properties"][row.part] if row.part else node
            assert types(inner) == set(row.types) - {"null"}, (
                f"{where}.{row.part}: its type differs from the row of {row.name} in {TABLE}"
            )


def test_the_document_schema_has_the_attributes_of_the_table() -> None:
    field: dict[str, Any] = DOCUMENT["$defs"]["field"]
    where = "schema/document.schema.json, $defs.field"
    assert set(field["properties"]) == set(in_document()), (
        f"{where}.properties: list the attributes of {TABLE}"
    )
    assert set(field["required"]) == set(in_document()), (
        f"{where}.required: list the attributes of {TABLE}"
    )
    for name, row in in_document().items():
        assert types(field["properties"][name]) == set(row.types), (
            f"{where}.properties.{name}: its type differs from the row in {TABLE}"
        )
    assert field["patternProperties"]["^show_in_"]["type"] == "boolean"


def test_a_default_has_a_type_of_its_row() -> None:
    names = {str: "string", bool: "boolean", int: "integer", type(None): "null"}
    for name, row in in_document().items():
        if name not in ("name", "display_name"):  # both come from the field's name
            assert names[type(row.default)] in row.types, f"{name}: correct the default in {TABLE}"


def test_the_pages_of_the_schema_are_shown_until_somebody_hides_them() -> None:
    assert SCHEMA.pages
    assert {defaults("company", PAGES)[f"show_in_{page}"] for page in SCHEMA.pages} == {True}


def test_what_no_source_gives_is_what_labels_say() -> None:
    structure = {row.name: row.default for row in FROM_PROMETHEUS}
    assert LabelOrigin().attributes() == structure, f"LabelOrigin's defaults differ from {TABLE}"


def test_the_seven_that_must_always_survive() -> None:
    assert [entry.key for entry in ENTRIES if entry.must_survive] == [
        "display_name",
        "type",
        "category",
        "required",
        "auto_register",
        "pages",
        "visibility",
    ]


def test_a_field_that_nobody_described() -> None:
    promised = {
        "display_name": "Glpi Url",
        "field_type": "string",
        "category": "extra",
        "required": False,
        "available_for_registration": False,
        "show_in_services": True,
        "show_in_hardware_exporters": True,
        "show_in_table": True,
        "show_in_form": True,
        "show_in_filter": True,
        "show_in_dashboard": False,
        "order": 999,
        "options": None,
        "description": "",
        "validation": None,
        "validation_regex": None,
        "default_value": None,
        "placeholder": "",
        "editable": True,
        "enabled": True,
    }
    values = defaults("glpi_url", PAGES)
    assert {name: values[name] for name in promised} == promised


# --------------------------------------------------------------------------- docs/fields.md


def test_the_example_of_the_documentation_has_every_entry() -> None:
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block
    example: dict[str, Any] = yaml.safe_load(block[1])
    assert list(example) == [entry.key for entry in ENTRIES], (
        f"docs/fields.md, first example: list the entries of {TABLE}, in its order"
    )
    for entry in ENTRIES:
        if parts(entry):
            assert list(example[entry.key]) == parts(entry), (
                f"docs/fields.md, first example, {entry.key}: list the parts of {TABLE}"
            )


def names_in_document(entry: Entry) -> Iterator[str]:
    for row in entry.attributes:
        if "." not in row.name:
            yield row.name.replace("*", "<page>")


def test_the_documentation_names_each_attribute_that_is_called_otherwise() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", PAGE, re.MULTILINE))
    renamed = {entry.key: list(names_in_document(entry)) for entry in ENTRIES}
    renamed = {key: names for key, names in renamed.items() if names != [key]}
    assert set(rows) == set(renamed), (
        f"docs/fields.md, 'in the file | in the document': list what {TABLE} names differently"
    )
    for key, names in renamed.items():
        assert set(re.findall(r"`([\w<>]+)`", rows[key])) >= set(names), (
            f"docs/fields.md, 'in the file | in the document', {key}: name {', '.join(names)}"
        )

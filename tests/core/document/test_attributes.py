"""One document attribute is owned, merged and compared on its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.document.attributes import (
    NoValue,
    defaults,
    field_values,
    flatten,
    from_file,
    join,
    same,
)
from fieldkeep.model import Json
from tests.core.build import DOCUMENT_SCHEMA, PAGES, SCHEMA, a_field, a_file

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["validation", "validation.regex", ".validation.regex", "..", ".", "", "name", "category"]
) | st.text(max_size=4)
FIELDS = st.dictionaries(
    KEYS, JSON | st.dictionaries(st.sampled_from(["regex", "", ".", "a.b"]), JSON), max_size=6
)


@given(FIELDS)
def test_a_field_taken_apart_and_put_together_is_the_same_field(field: dict[str, Any]) -> None:
    assert join(flatten(field)) == field
    assert list(join(flatten(field))) == sorted(field)


@pytest.mark.parametrize(
    ("entry", "value", "attributes"),
    [
        ("unit", "m2", {"unit": "m2"}),
        ("limits", {"low": 1}, {"limits": {"low": 1}}),
        ("validation.x", 1, {".validation.x": 1}),
        ("regex", "x", {}),
        ("source_label", "x", {}),
        ("field_type", "text", {}),
        ("show_in_services", True, {}),
    ],
)
def test_an_entry_of_a_teams_own_is_one_attribute(
    entry: str, value: Json, attributes: dict[str, Json]
) -> None:
    owned = from_file(a_file("company", **{entry: value}), PAGES)
    assert {attribute: given for attribute, (given, _) in owned.items()} == attributes


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("basic,device", ["basic", "device"], True),
        (" basic , device ", ["basic", "device"], True),
        ("device,basic", ["basic", "device"], False),
        ("Rede Externa", ["Rede Externa"], True),
        (",", [","], True),
        ("", [], False),
    ],
)
def test_several_categories_in_one_text(left: Json, right: Json, equal: bool) -> None:
    assert same("category", left, right) is equal


@given(FIELDS)
def test_no_two_attributes_share_a_name(field: dict[str, Any]) -> None:
    inside = field.get("validation")
    parts = len(inside) - 1 if isinstance(inside, dict) and inside else 0
    assert len(flatten(field)) == len(field) + parts


VALUES: list[tuple[str, Json, dict[str, Json]]] = [
    ("display_name", "X", {"display_name": "X"}),
    ("description", "", {"description": ""}),
    ("type", "select", {"field_type": "select"}),
    ("category", "basic", {"category": "basic"}),
    ("category", ["basic"], {"category": "basic"}),
    ("category", ["basic", "asset"], {"category": ["basic", "asset"]}),
    ("required", True, {"required": True}),
    ("auto_register", True, {"available_for_registration": True}),
    ("pages", "all", {f"show_in_{page}": True for page in PAGES}),
    ("pages", [], {f"show_in_{page}": False for page in PAGES}),
    ("pages", ["services"], {f"show_in_{page}": page == "services" for page in PAGES}),
    ("visibility", {"table": False}, {"show_in_table": False}),
    (
        "visibility",
        {"form": True, "filter": False},
        {"show_in_form": True, "show_in_filter": False},
    ),
    ("order", 10, {"order": 10}),
    ("options", ["a", "b"], {"options": ["a", "b"]}),
    ("options", [], {"options": []}),
    ("default", False, {"default_value": False}),
    ("placeholder", "Pick", {"placeholder": "Pick"}),
    ("validation", {"min_length": 1}, {"validation.min_length": 1}),
    ("validation", {"regex": "^a"}, {"validation.regex": "^a", "validation_regex": "^a"}),
    ("editable", False, {"editable": False}),
    ("enabled", False, {"enabled": False}),
]


@pytest.mark.parametrize(("entry", "value", "owned"), VALUES, ids=lambda value: str(value)[:30])
def test_what_an_entry_of_the_file_owns(entry: str, value: Json, owned: dict[str, Json]) -> None:
    attributes = from_file(a_file("company", **{entry: value}), PAGES)
    assert {name: owned_value for name, (owned_value, _) in attributes.items()} == owned


def test_every_entry_of_the_schema_owns_something() -> None:
    entries = {entry for entry, _, _ in VALUES}
    assert entries | {"name", "schema_version"} == set(SCHEMA.raw["properties"]), (
        "tests/core/document/test_attributes.py, VALUES: say what each entry of the schema sets"
    )


def test_a_file_owns_neither_name_nor_version() -> None:
    assert from_file(a_file("company", schema_version=1), PAGES) == {}


def test_each_owned_attribute_has_its_entry() -> None:
    owned = from_file(a_file("company", order=3, visibility={"table": True}), PAGES)
    assert owned["order"][1] == ("order",)
    assert owned["show_in_table"][1] == ("visibility", "table")


@pytest.mark.parametrize(
    ("name", "display"),
    [("glpi_url", "Glpi Url"), ("company", "Company"), ("_x", "X"), ("OS", "OS"), ("__", "__")],
)
def test_the_default_display_name_comes_from_the_name(name: str, display: str) -> None:
    assert defaults(name, PAGES)["display_name"] == display


def test_defaults_are_what_consumers_accept() -> None:
    field = a_field("company")
    assert DOCUMENT_SCHEMA.refused(field) == ()
    assert DOCUMENT_SCHEMA.field.is_valid(field)


@pytest.mark.parametrize(
    ("attribute", "left", "right", "equal"),
    [
        ("category", "a", ["a"], True),
        ("category", ["a", "b"], ["b", "a"], False),
        ("options", "a", ["a"], False),
        ("required", True, 1, False),
        ("order", 0, False, False),
        ("order", None, NoValue.UNSET, False),
        ("order", NoValue.UNSET, NoValue.UNSET, True),
        ("order", NoValue.UNSET, NoValue.NOT_MENTIONED, False),
        ("x", {"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ("x", "\ud800", "\ud800", True),
    ],
)
def test_equal_as_consumers_see_it(attribute: str, left: Json, right: Json, equal: bool) -> None:
    assert same(attribute, left, right) is equal
    assert same(attribute, right, left) is equal


def test_a_side_tells_unset_from_silent() -> None:
    assert field_values({"validation": {"regex": "x"}}).get("validation.message") is NoValue.UNSET
    assert field_values({"validation": None}).get("validation.message") is NoValue.UNSET
    assert field_values({}).get("validation.message") is NoValue.NOT_MENTIONED
    assert field_values({"validation": {"regex": "x"}}).get("order") is NoValue.NOT_MENTIONED

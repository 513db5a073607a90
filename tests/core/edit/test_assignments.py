"""``ATTR=VALUE`` as it is typed: read by the schema's type, merged into what the file says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fieldkeep.core.edit.assignments import assigned
from fieldkeep.core.fields import field_schema
from fieldkeep.core.fields.field_schema import Schema
from fieldkeep.errors import UsageError
from fieldkeep.model import Json, Source
from tests.core.build import FIELD_SCHEMA, PAGES, SCHEMA

FILE: dict[str, Json] = {
    "name": "company",
    "type": "string",
    "category": "basic",
    "pages": ["services", "exporters"],
    "options": ["low", "high"],
    "validation": {"min_length": 2},
}


def a_schema_with(**properties: Json) -> Schema:
    """A team's own: with these entries besides."""
    raw = json.loads(FIELD_SCHEMA.content)
    raw["properties"] |= properties
    schema, _ = field_schema.compile_schema(Source("s.json", json.dumps(raw).encode()))
    assert schema
    return schema


@pytest.mark.parametrize(
    ("typed", "attribute", "value"),
    [
        ("display_name=Empresa", "display_name", "Empresa"),
        ("display_name=no", "display_name", "no"),
        ("display_name=a=b", "display_name", "a=b"),
        ("description=", "description", ""),
        ("placeholder=10", "placeholder", "10"),
        ("required=true", "required", True),
        ("required=yes", "required", "yes"),  # the schema's finding says: write true
        ("order=010", "order", 10),
        ("order=ten", "order", "ten"),
        ("type=number", "type", "number"),
        ("category=business", "category", "business"),
        ("category=basic, business", "category", ["basic", "business"]),
        ("category=+business", "category", ["basic", "business"]),
        ("pages=all", "pages", "all"),
        ("pages=blackbox", "pages", ["blackbox"]),
        ("pages=", "pages", []),
        ("pages=+blackbox,-services", "pages", ["exporters", "blackbox"]),
        ("pages=-blackbox,+services", "pages", ["services", "exporters"]),
        ("options=a", "options", ["a"]),
        ("options=1,2", "options", ["1", "2"]),
        ('options=["a, b", c]', "options", ["a, b", "c"]),
        ("options=", "options", []),
        ("validation.regex=^a,b$", "validation", {"min_length": 2, "regex": "^a,b$"}),
        ("validation.min_length=3", "validation", {"min_length": 3}),
        ("validation={max_length: 4}", "validation", {"max_length": 4}),
        ("visibility.table=false", "visibility", {"table": False}),
        ("default=10", "default", "10"),  # of a string
    ],
)
def test_a_value_is_read_by_the_type_of_its_attribute(
    typed: str, attribute: str, value: Any
) -> None:
    assert assigned(FILE, SCHEMA, [typed]) == {**FILE, attribute: value}


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("number", "10", 10),
        ("number", "1.5", 1.5),
        ("boolean", "true", True),
        ("select", "true", "true"),
    ],
)
def test_a_default_is_read_by_the_type_of_the_field(kind: str, typed: str, value: Any) -> None:
    result = assigned({"name": "x"}, SCHEMA, [f"default={typed}", f"type={kind}"])
    assert result == {"name": "x", "type": kind, "default": value}


def test_a_default_without_a_type_is_text() -> None:
    assert assigned({"name": "x"}, SCHEMA, ["default=5"])["default"] == "5"


def test_from_all_pages_one_is_taken() -> None:
    result = assigned({"name": "x", "pages": "all"}, SCHEMA, ["pages=-blackbox"])
    assert result["pages"] == [page for page in PAGES if page != "blackbox"]


@pytest.mark.parametrize("typed", ["pages=+services", "pages=-blackbox,+blackbox"])
def test_all_pages_stay_all_where_none_is_left_out(typed: str) -> None:
    """The word has the pages that the schema gets later, too."""
    assert assigned({"name": "x", "pages": "all"}, SCHEMA, [typed])["pages"] == "all"


@pytest.mark.parametrize(("typed", "value"), [("+business", ["basic", "business"]), ("-basic", [])])
def test_one_of_a_teams_own_choices_is_a_list_of_one(typed: str, value: Json) -> None:
    one = {"enum": ["basic", "business", "extra"]}
    schema = a_schema_with(category={"oneOf": [one, {"type": "array", "items": one}]})
    assert assigned(FILE, schema, [f"category={typed}"])["category"] == value


def test_what_is_unset_is_left_to_the_application() -> None:
    result = assigned(FILE, SCHEMA, ["validation.regex=a"], ["validation", "options", "order"])
    kept = {key: FILE[key] for key in ("name", "type", "category", "pages")}
    assert result == {**kept, "validation": {"regex": "a"}}


def test_the_last_part_takes_its_map_with_it() -> None:
    assert "validation" not in assigned(FILE, SCHEMA, [], ["validation.min_length"])


def test_an_entry_that_the_schema_does_not_know_can_be_removed() -> None:
    assert assigned({"name": "x", "displayname": "X"}, SCHEMA, [], ["displayname"]) == {"name": "x"}


def test_an_entry_of_a_teams_own_schema_is_read_by_its_type_too() -> None:
    schema = a_schema_with(
        weights={"type": "array", "items": {"type": "integer"}},
        owner={"type": "object", "properties": {"since": {"type": "integer"}}},
    )
    typed = ["weights=1,2", "owner.since=2019"]
    assert assigned({"name": "x"}, schema, typed) == {
        "name": "x",
        "weights": [1, 2],
        "owner": {"since": 2019},
    }


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("order", "write order=VALUE"),
        ("typ=x", "did you mean 'type'?"),
        ("field_type=x", "in a field file it is called 'type'"),
        ("show_in_services=x", "pages=+services or pages=-services"),
        ("table=true", "did you mean 'visibility.table'?"),
        ("zzz=x", "`fieldkeep help attributes` lists them"),
        ("name=x", "`fieldkeep rename OLD NEW`"),
        ("order=", "`--unset order` removes it"),
        ("options=-hihg", "did you mean 'high'?"),
        ("options=[a", "write it as YAML"),
        ("display_name=\udcff", "type it in a terminal that is"),
    ],
)
def test_what_is_no_assignment_is_refused_with_a_way_out(typed: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        assigned(FILE, SCHEMA, [typed])
    assert hint in raised.value.hint


def test_nothing_is_added_to_a_list_that_only_the_application_knows() -> None:
    with pytest.raises(UsageError, match="does not say pages"):
        assigned({"name": "x"}, SCHEMA, ["pages=+services"])


def test_one_attribute_has_one_value() -> None:
    with pytest.raises(UsageError, match="order is given twice"):
        assigned(FILE, SCHEMA, ["order=1", "order=2"])

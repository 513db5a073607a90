"""Single fields, lists of them, and where their values come from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fieldkeep.core.document.document import Document, decode
from fieldkeep.render.field_columns import COLUMNS
from fieldkeep.render.field_origins import EXPLAINED
from fieldkeep.render.fields import LIST, ONE, WIDE
from fieldkeep.render.screen import PIPE, Screen
from tests.core.build import KEYS, a_document, a_field, present
from tests.render.test_findings import raw_controls
from tests.render.worlds import ESCAPE, hostile, world


def test_single_fields_and_lists_send_nothing_that_a_terminal_obeys() -> None:
    live = decode(hostile().store.get(KEYS.document))
    assert isinstance(live, Document)
    for form in ("text", "json"):
        assert raw_controls(ONE[form](live.fields[ESCAPE], PIPE)) == set()
        assert raw_controls(LIST[form](live, PIPE)) == set()
    merged = hostile().evaluate().merged.results[ESCAPE]
    for form in ("text", "json"):
        assert raw_controls(EXPLAINED[form](merged, {}, PIPE)) == set()


@pytest.mark.parametrize(
    "content", [None, True, 5, 1.5, "x", [], [1, "a"], {"a": 1}, [[]]], ids=repr
)
@pytest.mark.parametrize(
    "attribute", ["category", "order", "display_name", "field_type", "required", "source_label"]
)
def test_a_list_of_what_is_live_takes_any_value(attribute: str, content: Any) -> None:
    live = decode(present(a_document(a_field("a", **{attribute: content}), {"name": "b"})))
    assert isinstance(live, Document)
    assert "a" in LIST["text"](live, PIPE)
    assert len(json.loads(LIST["json"](live, PIPE))["fields"]) == 2
    assert ONE["text"](live.fields["a"], PIPE).startswith("a\nidentity\n")


def test_explained_tells_origin_place_and_the_losing_values() -> None:
    made = world()
    made.edit("company", display_name="typed")
    result = made.evaluate().merged.results["company"]
    rows = {
        row["attribute"]: row
        for row in json.loads(EXPLAINED["json"](result, {}, PIPE))["attributes"]
    }
    assert rows["display_name"]["value"] == "A"
    assert rows["display_name"]["origin"] == "git"
    assert rows["display_name"]["where"] == "fields/company.yaml:2:15"
    assert rows["display_name"]["lost"] == [{"origin": "live", "value": "typed"}]
    assert rows["regex"]["origin"] == "prometheus"
    text = EXPLAINED["text"](result, {}, PIPE)
    assert "git fields/company.yaml:2:15" in text
    assert "typed" in text


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_place_is_broken_and_what_is_at_its_default_is_only_counted(width: int) -> None:
    made = world(description="words " * 30, pages=["services"], visibility={"table": False})
    made.edit("company", display_name="typed in the application")
    result = made.evaluate().merged.results["company"]
    shown = EXPLAINED["text"](result, {}, Screen(width))
    rows = json.loads(EXPLAINED["json"](result, {}, PIPE))["attributes"]
    for place in filter(None, {row["where"] for row in rows}):
        assert place in shown.split()
    assert 'over live "typed' in shown
    assert "editable" not in shown
    assert "attributes at their defaults; --verbose lists them" in " ".join(shown.split())
    assert "editable" in EXPLAINED["text"](result, {}, Screen(width, verbose=True))


def test_the_columns_that_are_asked_for_stay_on_a_narrow_terminal() -> None:
    live = decode(present(a_document(a_field("company", order=7, show_in_services=True))))
    assert isinstance(live, Document)
    shown = LIST["text"](live, Screen(30), ("order", "pages", "name")).splitlines()
    assert [line.split()[0] for line in shown] == ["order", "7"]
    assert shown[1].split()[-1] == "company"


def test_a_terminal_without_room_for_all_columns_gets_a_block_for_each_field() -> None:
    live = decode(present(a_document(a_field("company", order=7), a_field("rack", order=8))))
    assert isinstance(live, Document)
    narrow = WIDE["text"](live, Screen(40)).splitlines()
    assert [line for line in narrow if not line.startswith(" ")] == ["company", "rack"]
    assert [line.split()[1] for line in narrow if line.startswith("  order ")] == ["7", "8"]
    assert max(map(len, narrow)) <= 40
    table = WIDE["text"](live, PIPE)
    assert len(table.splitlines()) == 3
    assert WIDE["text"](live, Screen(400)) == table


def test_every_column_of_a_list_takes_a_field_that_says_nothing() -> None:
    live = decode(present(a_document({"name": "b"})))
    assert isinstance(live, Document)
    assert LIST["text"](live, PIPE, tuple(COLUMNS)).splitlines()[1].split()[0] == "b"

"""Which labels become fields, and what Prometheus alone says of them."""

from __future__ import annotations

import pytest

from fieldkeep.core.labels.structure import LabelFilter, LabelOrigin, combine, server_status
from fieldkeep.model import Certainty, Extracted, LabelReading
from tests.core.build import DOCUMENT_SCHEMA, a_document, label, pool, read, rule, unread


def chosen(*labels: LabelReading, choice: LabelFilter | None = None) -> list[str]:
    return sorted(combine([read("m", *labels)], choice or LabelFilter(), {}))


def test_a_label_that_a_rule_sets_is_a_field_even_if_only_on_some_targets() -> None:
    assert chosen(label("a"), label("b", certainty=Certainty.MAYBE)) == ["a", "b"]


@pytest.mark.parametrize("name", ["__tmp", "__address__", "__", "job"])
def test_these_are_never_fields(name: str) -> None:
    everything = LabelFilter(static_labels=True)
    assert chosen(label(name), choice=everything) == []
    assert chosen(label(name, static=True), choice=everything) == []


def test_instance_is_a_field_only_where_a_rule_sets_it() -> None:
    assert chosen(label("instance")) == ["instance"]
    assert chosen(label("instance", static=True), choice=LabelFilter(static_labels=True)) == []


def test_static_labels_are_fields_only_if_asked_for() -> None:
    assert chosen(label("dc", static=True)) == []
    assert chosen(label("dc", static=True), choice=LabelFilter(static_labels=True)) == ["dc"]


def test_an_open_family_is_no_field_until_it_is_settled() -> None:
    assert chosen(label("$1", certainty=Certainty.OPEN)) == []


def test_exclude_patterns_see_case() -> None:
    some = LabelFilter(exclude=("tmp_*", "?"))
    assert chosen(label("tmp_a"), label("b"), label("TMP_a"), choice=some) == ["TMP_a"]


def test_the_first_source_the_first_pool_and_the_first_rule_win() -> None:
    first = Extracted(
        "m",
        {},
        (
            pool(label("a", rule("__meta_1"), rule("__meta_2")), job="z"),
            pool(label("a", rule("__meta_3")), label("b", rule("__meta_4")), job="y"),
        ),
    )
    second = read("n", label("a", rule("__meta_5")), label("c", rule("__meta_6")))
    found = combine([first, second], LabelFilter(), {})
    assert {name: said.source_label for name, said in found.items()} == {
        "a": "__meta_1",
        "b": "__meta_4",
        "c": "__meta_6",
    }


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (("__meta_a",), "__meta_a"),
        (("__address__", "__meta_a", "__meta_b"), "__meta_a"),
        (("__address__", "job"), "__address__"),
    ],
)
def test_the_source_label_is_the_first_meta_label(sources: tuple[str, ...], expected: str) -> None:
    found = combine([read("m", label("a", rule(*sources)))], LabelFilter(), {})
    assert found["a"].source_label == expected


def test_a_rule_without_sources_and_a_static_label_are_unknown() -> None:
    from fieldkeep.model import RuleRef

    constant = label("a", RuleRef(0, (), "(.*)", "prod", "replace"))
    found = combine(
        [read("m", constant, label("b", static=True))], LabelFilter(static_labels=True), {}
    )
    assert found["a"] == LabelOrigin("unknown", "(.*)", "prod")
    assert found["b"] == LabelOrigin("unknown", "", "")


def test_the_status_tells_each_source_in_the_settings_order() -> None:
    before = {
        "n": {
            "fields": [
                {"name": "b", "source_label": "s", "regex": "r", "replacement": "x"},
                {"name": "broken"},
                7,
            ],
            "external_labels": {"site": "n", "bad": 5},
            "port": 9090,
            "files_count": 2,
        }
    }
    listed = server_status([unread("n", "refused"), read("m", "a")], LabelFilter(), before)
    assert [(entry["hostname"], entry["success"]) for entry in listed] == [
        ("n", False),
        ("m", True),
    ]
    silent, answered = listed
    assert silent["error"] == "refused"
    assert silent["fields"] == [before["n"]["fields"][0]]  # type: ignore[index]
    assert silent["external_labels"] == {"site": "n"}
    assert (silent["port"], silent["files_count"], silent["fields_count"]) == (9090, 2, 1)
    assert answered["error"] is None
    assert answered["external_labels"] == {"site": "m"}
    status = {
        "total_servers": 2,
        "successful_servers": 1,
        "extraction_complete": False,
        "extracted_at": "2026-01-01T00:00:00Z",
        "server_status": listed,
    }
    assert DOCUMENT_SCHEMA.misfits(a_document(extraction_status=status)) == ()


@pytest.mark.parametrize(
    "before", [{}, {"n": {}}, {"n": {"fields": 7, "external_labels": [], "port": True}}]
)
def test_a_silent_source_of_which_nothing_is_known_is_still_told(before: dict) -> None:  # type: ignore[type-arg]
    (entry,) = server_status([unread("n")], LabelFilter(), before)
    assert entry["fields"] == []
    assert entry["external_labels"] == {}
    assert entry["port"] is None


def test_only_sources_that_failed_are_asked_for_what_was_known() -> None:
    entry = {"name": "a", "source_label": "s", "regex": "r", "replacement": "x"}
    servers = {"m": {"fields": [entry]}, "n": {"fields": [{**entry, "name": "b"}]}}
    found = combine([read("m", "z"), unread("n")], LabelFilter(), servers)
    assert found.keys() == {"z", "b"}
    assert found["b"] == LabelOrigin("s", "r", "x")

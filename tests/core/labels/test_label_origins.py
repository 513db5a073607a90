"""Which labels become fields, and where each of them comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fieldkeep.core.labels.label_origins import LabelFilter, LabelOrigin, label_origins
from fieldkeep.model import Certainty, Extracted, Json, LabelReading, Reading, RuleRef
from tests.core.build import label, pool, read, rule, unread


def fields(*labels: LabelReading, label_filter: LabelFilter | None = None) -> list[str]:
    return sorted(label_origins([read("m", *labels)], label_filter or LabelFilter(), {}))


def test_a_label_that_a_rule_sets_is_a_field_even_if_only_on_some_targets() -> None:
    assert fields(label("a"), label("b", certainty=Certainty.MAYBE)) == ["a", "b"]


@pytest.mark.parametrize("name", ["__tmp", "__address__", "__", "job", ""])
def test_these_are_never_fields(name: str) -> None:
    everything = LabelFilter(static_labels=True)
    assert fields(label(name), label_filter=everything) == []
    assert fields(label(name, static=True), label_filter=everything) == []


def test_instance_is_a_field_only_where_a_rule_sets_it() -> None:
    assert fields(label("instance")) == ["instance"]
    assert (
        fields(label("instance", static=True), label_filter=LabelFilter(static_labels=True)) == []
    )


def test_static_labels_are_fields_only_if_asked_for() -> None:
    assert fields(label("dc", static=True)) == []
    assert fields(label("dc", static=True), label_filter=LabelFilter(static_labels=True)) == ["dc"]


def test_an_open_family_is_not_a_field() -> None:
    assert fields(label("$1", certainty=Certainty.OPEN)) == []


def test_exclude_patterns_see_case() -> None:
    without_tmp = LabelFilter(exclude=("tmp_*", "?"))
    assert fields(label("tmp_a"), label("b"), label("TMP_a"), label_filter=without_tmp) == ["TMP_a"]


def test_a_source_of_which_a_part_is_unread_keeps_its_last_labels() -> None:
    last = {"m": {"fields": [_entry("a", "__meta_old"), _entry("gone", "__meta_x")]}}
    whole = read("m", label("a"))
    assert set(label_origins([whole], LabelFilter(), last)) == {"a"}
    origins = label_origins([replace(whole, unread="a file")], LabelFilter(), last)
    assert {name: origin.source_label for name, origin in origins.items()} == {
        "a": "__meta_a",
        "gone": "__meta_x",
    }


def _entry(name: str, source_label: str) -> Json:
    return {"name": name, "source_label": source_label, "regex": "", "replacement": ""}


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
    origins = label_origins([first, second], LabelFilter(), {})
    assert {name: origin.source_label for name, origin in origins.items()} == {
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
    origins = label_origins([read("m", label("a", rule(*sources)))], LabelFilter(), {})
    assert origins["a"].source_label == expected


def test_a_rule_without_sources_and_a_static_label_are_unknown() -> None:
    constant = label("a", RuleRef(0, (), "(.*)", "prod", "replace"))
    origins = label_origins(
        [read("m", constant, label("b", static=True))], LabelFilter(static_labels=True), {}
    )
    assert origins["a"] == LabelOrigin("unknown", "(.*)", "prod")
    assert origins["b"] == LabelOrigin("unknown", "", "")


def test_a_source_that_failed_keeps_its_last_origins() -> None:
    entry = {"name": "a", "source_label": "s", "regex": "r", "replacement": "x"}
    servers = {"m": {"fields": [entry]}, "n": {"fields": [{**entry, "name": "b"}]}}
    origins = label_origins([read("m", "z"), unread("n")], LabelFilter(), servers)
    assert origins.keys() == {"z", "b"}
    assert origins["b"] == LabelOrigin("s", "r", "x")


MAYBE = Certainty.MAYBE
ALWAYS = Certainty.ALWAYS


def origin_of_a(readings: Sequence[Reading], last: Json = None, live: str = "") -> str:
    """The source label of the field a; ``live`` is what its field shows."""
    field = {} if not live else {"a": _entry("a", live)}
    return label_origins(readings, LabelFilter(), last or {}, field)["a"].source_label


def test_a_rule_that_always_sets_a_label_comes_before_one_that_may() -> None:
    maybe = label("a", rule("__meta_maybe"), certainty=MAYBE)
    always, later = label("a", rule("__meta_always")), label("a", rule("__meta_later"))
    assert origin_of_a([read("m", maybe), read("n", always), read("o", later)]) == "__meta_always"
    pools = (pool(maybe, job="x"), pool(always, job="y"), pool(later, job="z"))
    assert origin_of_a([Extracted("m", {}, pools)]) == "__meta_always"


def test_a_static_label_comes_in_its_turn() -> None:
    static = LabelFilter(static_labels=True)
    maybe = label("a", rule("__meta_maybe"), certainty=MAYBE)
    readings = [read("m", maybe), read("n", label("a", static=True))]
    assert label_origins(readings, static, {})["a"].source_label == "__meta_maybe"
    assert label_origins(readings[::-1], static, {})["a"].source_label == "unknown"


@pytest.mark.parametrize("down", ["m", "n"])
@pytest.mark.parametrize("m", [MAYBE, ALWAYS])
@pytest.mark.parametrize("n", [MAYBE, ALWAYS])
def test_no_structure_changes_while_a_source_cannot_be_read(
    down: str, m: Certainty, n: Certainty
) -> None:
    readings: list[Reading] = [
        read("m", label("a", rule("__meta_m"), certainty=m)),
        read("n", label("a", rule("__meta_n"), certainty=n)),
    ]
    last = {name: {"fields": [_entry("a", f"__meta_{name}")]} for name in "mn"}
    before = origin_of_a(readings)
    lost = [unread(down) if reading.source == down else reading for reading in readings]
    assert origin_of_a(lost, last, live=before) == before

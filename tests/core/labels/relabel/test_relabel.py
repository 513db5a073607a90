"""What relabel rules do to labels that are known, and to labels that are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkeep.core.labels.relabel.goregex import GroupRef, template
from fieldkeep.core.labels.relabel.relabel import Action, Rule, relabel
from tests.core.labels.vocabulary import LABELS, RULES


def after(labels: dict[str, str], *rules: Rule) -> dict[str, str] | None:
    result = relabel(rules, labels)
    return None if result is None else dict(result.labels)


def replaced(source: str, regex: str, replacement: str, target: str = "t") -> str | None:
    labels = after(
        {"s": source}, Rule(("s",), regex=regex, target_label=target, replacement=replacement)
    )
    assert labels is not None
    return labels.get("t")


@pytest.mark.parametrize(
    ("source", "regex", "replacement", "value"),
    [
        ("abc", "(.*)", "$1", "abc"),
        ("abc", "(.*)", "${1}", "abc"),
        ("abc", "(.*)", "$1_x", None),  # the group named 1_x
        ("abc", "(.*)", "${1}_x", "abc_x"),
        ("abc", "(.*)", "$$1", "$1"),
        ("abc", "(.*)", "$", "$"),
        ("abc", "(.*)", "${1", "${1"),
        ("abc", "(.*)", "$01", None),  # no number in Go
        ("abc", "(.*)", "$9", None),
        ("abc", "(.*)", "$0!", "abc!"),
        ("abc", "(?P<first>.).*", "${first}", "a"),
        ("abc", "b", "x", None),  # anchored
        ("abc", "a)(bc", "$1", "bc"),  # Prometheus pastes the text between its own parentheses
        ("a\nb", "(.+)", "$1", "a\nb"),
        ("abc", "(x)?abc", "<$1>", "<>"),
        ("ABC", "(?i)abc", "x", "x"),
        ("", "", "x", "x"),
        ("abc", "(.*)", "", None),
    ],
)
def test_replace_follows_go(source: str, regex: str, replacement: str, value: str | None) -> None:
    assert replaced(source, regex, replacement) == value


def test_replace_joins_its_sources_and_misses_count_as_empty() -> None:
    rule = Rule(("a", "missing", "b"), separator="-", target_label="t")
    assert after({"a": "1", "b": "2"}, rule) == {"a": "1", "b": "2", "t": "1--2"}


def test_a_default_rule_without_its_source_deletes_and_two_sources_leave_the_separator() -> None:
    assert after({"t": "x"}, Rule(("missing",), target_label="t")) == {}
    assert after({"t": "x"}, Rule(("no", "nor"), target_label="t")) == {"t": ";"}


def test_replace_takes_its_target_from_the_match_and_skips_an_empty_one() -> None:
    rule = Rule(("kv",), regex="(.*)=(.*)", target_label="${1}", replacement="${2}")
    assert after({"kv": "a=b"}, rule) == {"kv": "a=b", "a": "b"}
    assert after({"kv": "=b"}, rule) == {"kv": "=b"}
    assert after({"kv": "a=", "a": "old"}, rule) == {"kv": "a="}


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (Rule(("a",), regex="x|y", action=Action.KEEP), True),
        (Rule(("a",), regex="y", action=Action.KEEP), False),
        (Rule(("a",), regex="x", action=Action.DROP), False),
        (Rule(("a",), regex="xx", action=Action.DROP), True),
        (Rule(("a",), target_label="b", action=Action.KEEPEQUAL), True),
        (Rule(("a",), target_label="missing", action=Action.KEEPEQUAL), False),
        (Rule(("a",), target_label="b", action=Action.DROPEQUAL), False),
        (Rule(("missing",), target_label="nor", action=Action.DROPEQUAL), False),
    ],
)
def test_keep_and_drop(rule: Rule, kept: bool) -> None:
    assert (after({"a": "x", "b": "x"}, rule) is not None) is kept


def test_hashmod_takes_the_last_eight_bytes_of_md5() -> None:
    # MD5 of "" ends in ecf8427e; real servers give these shards.
    rule = Rule(("missing",), modulus=2**32, target_label="h", action=Action.HASHMOD)
    assert after({"a": "b"}, rule) == {"a": "b", "h": str(0xECF8427E)}
    shard = Rule(("__address__",), modulus=1000, target_label="h", action=Action.HASHMOD)
    labels = after({"__address__": "127.0.0.1:39101"}, shard)
    assert labels == {"__address__": "127.0.0.1:39101", "h": "92"}


def test_changing_case_goes_rune_by_rune() -> None:
    upper = Rule(("a",), target_label="t", action=Action.UPPERCASE)
    lower = Rule(("a",), target_label="t", action=Action.LOWERCASE, regex="ignored")
    assert after({"a": "straße"}, upper) == {"a": "straße", "t": "STRAßE"}
    assert after({"a": "ÄB"}, lower) == {"a": "ÄB", "t": "äb"}
    assert after({"t": "x"}, lower) == {}


def test_labelmap_reads_every_label_as_it_was() -> None:
    rule = Rule(regex="(a|x_a)", replacement="x_$1", action=Action.LABELMAP)
    assert after({"a": "1"}, rule) == {"a": "1", "x_a": "1"}


def test_labeldrop_and_labelkeep_go_by_name() -> None:
    labels = {"a": "1", "b": "2", "__c": "3"}
    assert after(labels, Rule(regex="a|__.*", action=Action.LABELDROP)) == {"b": "2"}
    assert after(labels, Rule(regex="a|__.*", action=Action.LABELKEEP)) == {"a": "1", "__c": "3"}


def test_the_last_rule_that_set_a_label_is_its_setter() -> None:
    rules = [
        Rule(target_label="a", replacement="1"),
        Rule(target_label="b", replacement="1"),
        Rule(target_label="a", replacement="2"),
        Rule(target_label="b", replacement=""),
    ]
    result = relabel(rules, {"c": "0"})
    assert result is not None
    assert (result.labels, result.setters) == ({"a": "2", "c": "0"}, {"a": 2})


def test_a_template_is_cut_into_literals_and_groups() -> None:
    assert template("a$1${b}$$c") == ("a", GroupRef(1), GroupRef("b"), "$", "c")


@settings(deadline=None)
@given(LABELS, st.lists(RULES, max_size=6))
def test_the_order_of_labels_changes_nothing(labels: dict[str, str], rules: list[Rule]) -> None:
    turned = dict(reversed(list(labels.items())))
    assert relabel(rules, labels) == relabel(rules, turned)


@settings(deadline=None)
@given(LABELS, st.lists(RULES, max_size=6))
def test_no_label_is_empty_and_every_setter_set_something(
    labels: dict[str, str], rules: list[Rule]
) -> None:
    result = relabel(rules, labels)
    if result is not None:
        assert all(result.labels.values())
        assert result.setters.keys() <= result.labels.keys()

"""Regexes as Prometheus searches with them."""

from __future__ import annotations

import pytest

from fieldkeep.core.labels.relabel.engine import prometheus
from fieldkeep.core.labels.relabel.goregex import is_regex, is_whole, matches, replace_all
from fieldkeep.core.labels.relabel.version import Version

OLD, NEW = prometheus(Version(2, 24)), prometheus(Version(3, 5))


@pytest.mark.parametrize(
    ("regex", "text", "expected"),
    [
        ("a|b", "1b", False),
        ("a)|(?:b", "1b", True),
        ("a)|(?:b", "a1", True),
        ("a)|(?:b", "1a1", False),
        ("a)(b", "ab", True),
        ("a)(b", "1ab", False),
    ],
)
def test_a_regex_may_leave_its_wrapper(regex: str, text: str, expected: bool) -> None:
    assert matches(regex, text) is expected


@pytest.mark.parametrize(
    ("regex", "whole"),
    [("a|b", True), ("(a)(b)", True), (r"\\)", False), ("[)]", True), ("a)|(b", False)],
)
def test_only_a_regex_that_stays_inside_matches_whole_texts(regex: str, whole: bool) -> None:
    assert is_whole(regex) is whole


@pytest.mark.parametrize(
    ("regex", "text", "expected"),
    [
        ("a(.*)", "abc", "<bc>"),
        ("a)|(?:b", "ab", "<><>"),
        ("a)|(?:b", "axb", "<>x<>"),
        ("a)|(?:b", "xb", "x<>"),
        ("a)|(?:b", "x", None),
        (")|(?:", "xy", "<>xy<>"),
    ],
)
def test_every_match_is_replaced_and_the_rest_stays(
    regex: str, text: str, expected: str | None
) -> None:
    assert replace_all(regex, "<$1>", text) == expected


@pytest.mark.parametrize(
    ("regex", "old", "new"),
    [
        (r"\p{L}{1,447}", True, True),
        (r"\C", False, False),
        (r"\\C", True, True),
        (r"[\\C]", True, True),
        (r"\Q\C\E", True, True),
        ("(?P<\u00e9>a)", False, False),
        ("(?<n>a)", False, True),
        ("[(?<n>]", True, True),
        ("(?=a)", False, False),
    ],
)
def test_it_takes_what_go_takes(regex: str, old: bool, new: bool) -> None:
    assert (is_regex(regex, OLD), is_regex(regex, NEW)) == (old, new)

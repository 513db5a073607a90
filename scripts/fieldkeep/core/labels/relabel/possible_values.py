"""Possible values of a label before any target has been seen, and what regexes make of them.

A value that is known exactly is a text (``""``: the label is absent). Otherwise it is ``PRESENT``
(not empty), ``ONE_LINE`` (not empty and without a line break, which a dot does not match before
Prometheus 3) or ``ANY`` (may be empty).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from typing import Final

from fieldkeep.core.labels.relabel.conditions import Condition, LabelFilter
from fieldkeep.core.labels.relabel.goregex import (
    GroupRef,
    compiled,
    expand,
    has_group,
    is_regex,
    is_whole,
    matches,
    template,
)
from fieldkeep.core.labels.relabel.regex_syntax import capture_group
from fieldkeep.core.labels.relabel.relabel import ANY_TEXT, Rule


class UnknownValue(Enum):
    """A value that is not known exactly."""

    PRESENT = "present"
    ONE_LINE = "one line"
    ANY = "any"


PRESENT, ONE_LINE, ANY = UnknownValue.PRESENT, UnknownValue.ONE_LINE, UnknownValue.ANY
PossibleValue = str | UnknownValue


class Match(Enum):
    """Whether a regex matches every value that is possible, some, or none."""

    ALWAYS = "always"
    MAYBE = "maybe"
    NEVER = "never"


_MATCHES_ANY: Final = frozenset({".*", "(.*)"})
_MATCHES_PRESENT: Final = _MATCHES_ANY | {".+", "(.+)"}
# Without escapes, classes and flags, only the dots of a regex could match a line break.
_PLAIN: Final = re.compile(r"(?:[^\\\[\n?]|(?<!\()\?)*")


def is_present(value: PossibleValue) -> bool:
    """Whether the label is certainly there."""
    return value not in (ANY, "")


def is_one_line(value: PossibleValue) -> bool:
    """Whether the value certainly holds no line break."""
    return value is ONE_LINE or (isinstance(value, str) and "\n" not in value)


def union(first: PossibleValue, second: PossibleValue) -> PossibleValue:
    """The value of a label that has either of two values."""
    if first == second:
        return first
    if not (is_present(first) and is_present(second)):
        return ANY
    return ONE_LINE if is_one_line(first) and is_one_line(second) else PRESENT


def join_sources(rule: Rule, values: Sequence[PossibleValue]) -> PossibleValue:
    """The values of a rule's source labels, joined by its separator."""
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) == len(values):
        return rule.separator.join(texts)
    separated = len(values) > 1 and rule.separator != ""
    if not separated and not any(is_present(value) for value in values):
        return ANY
    return ONE_LINE if "\n" not in rule.separator and all(map(is_one_line, values)) else PRESENT


def value_after_match(rule: Rule) -> PossibleValue:
    """A value that is not empty, once the rule's regex has matched it."""
    if rule.engine.dotall or not is_whole(rule.regex):
        return PRESENT
    return ONE_LINE if _PLAIN.fullmatch(rule.regex) else PRESENT


def match_sources(rule: Rule, values: Sequence[PossibleValue]) -> Match:
    """Whether the rule's regex matches the joined values of its source labels."""
    joined = join_sources(rule, values)
    if isinstance(joined, str):
        return Match.ALWAYS if rule.matches(joined) else Match.NEVER
    if _always_matches(rule.regex, joined, rule.engine.dotall) or _matches_each(rule, values):
        return Match.ALWAYS
    return Match.MAYBE


def match_condition(condition: Condition, value_of: Callable[[str], PossibleValue]) -> Match:
    """Whether the labels of every target meet the condition of a rule, of some, or of none."""
    if not condition:
        return Match.ALWAYS
    groups = [[_filter_matches(part, value_of(part.label)) for part in g] for g in condition]
    if any(set(group) <= {Match.ALWAYS} for group in groups):
        return Match.ALWAYS
    return Match.NEVER if all(Match.NEVER in group for group in groups) else Match.MAYBE


def _filter_matches(part: LabelFilter, value: PossibleValue) -> Match:
    if isinstance(value, str):
        return Match.ALWAYS if part.holds(value) else Match.NEVER
    if value is not ANY and part.value == "" and part.operator in ("=", "!="):
        return Match.ALWAYS if part.operator == "!=" else Match.NEVER
    return Match.MAYBE


def _matches_each(rule: Rule, values: Sequence[PossibleValue]) -> bool:
    """Whether each part of a regex such as ``(.+);(.*)`` matches the label at its place."""
    if not rule.separator or "|" in rule.regex or "(?" in rule.regex:
        return False  # these reach over the separator
    parts = rule.regex.split(rule.separator)
    return len(parts) == len(values) and all(
        _always_matches(part, value, rule.engine.dotall)
        for part, value in zip(parts, values, strict=True)
    )


def _always_matches(regex: str, value: PossibleValue, dotall: bool) -> bool:
    match value:
        case UnknownValue.ANY:
            return dotall and regex in _MATCHES_ANY
        case UnknownValue.PRESENT:
            return dotall and regex in _MATCHES_PRESENT
        case UnknownValue.ONE_LINE:
            return regex in _MATCHES_PRESENT
        case _:
            return is_regex(regex) and matches(regex, value, dotall)


def expand_replacement(rule: Rule, value: PossibleValue) -> PossibleValue:
    """The rule's replacement, once its regex has matched ``value``."""
    regex = compiled(rule.regex, rule.engine.dotall)
    captures = "$" in rule.target_label + rule.replacement or rule.regex != ANY_TEXT
    if rule.engine.expands_one_line and captures and not is_one_line(value):
        # the source's value may take the replacement's place
        other = replace(rule, engine=replace(rule.engine, expands_one_line=False))
        return union(expand_replacement(other, value), PRESENT)
    if isinstance(value, str):
        match = regex.search(value)
        return expand(rule.replacement, match) if match else ""
    parts = template(rule.replacement)
    groups = [part for part in parts if isinstance(part, GroupRef) and has_group(regex, part)]
    literal = "".join(part for part in parts if isinstance(part, str))
    if not groups:
        return literal
    whole = is_present(value) and rule.regex in _MATCHES_PRESENT
    if not (literal or whole or any(_is_filled(rule.regex, group) for group in groups)):
        return ANY
    one_line = is_one_line(literal) and ONE_LINE in (value, value_after_match(rule))
    return ONE_LINE if one_line else PRESENT


def _is_filled(regex: str, group: GroupRef) -> bool:
    capture = capture_group(regex, group)
    return capture is not None and capture.filled

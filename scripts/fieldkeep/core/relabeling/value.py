"""What is known of a label's value before any target has been seen, and of its templates.

A value is a text if it is known exactly ("" is a label that is not there), else ``SOME`` for
one that is not empty or ``ANY`` for one that may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from fieldkeep.core.relabeling.goregex import (
    Group,
    compiled,
    expand,
    has_group,
    is_regex,
    matches,
    template,
)
from fieldkeep.core.relabeling.regextree import capture
from fieldkeep.core.relabeling.relabel import Rule


class Unknown(Enum):
    """A value of which only this is known: it is there, or it may be."""

    SOME = "some"
    ANY = "any"


SOME, ANY = Unknown.SOME, Unknown.ANY
Value = str | Unknown


class Fit(Enum):
    """Whether a regex matches a value that is not known exactly."""

    ALWAYS = "always"
    MAYBE = "maybe"
    NEVER = "never"


_TAKES_ANY = frozenset({".*", "(.*)"})
_TAKES_SOME = _TAKES_ANY | {".+", "(.+)"}


def present(value: Value) -> bool:
    """Whether the label is surely there."""
    return value not in (ANY, "")


def either(one: Value, other: Value) -> Value:
    """What is known if it is one or the other."""
    if one == other:
        return one
    return SOME if present(one) and present(other) else ANY


def joined(rule: Rule, values: Sequence[Value]) -> Value:
    """The values of a rule's source labels with its separators between them."""
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) == len(values):
        return rule.separator.join(texts)
    separated = len(values) > 1 and rule.separator != ""
    return SOME if separated or any(present(value) for value in values) else ANY


def fit(rule: Rule, values: Sequence[Value]) -> Fit:
    """Whether the rule's regex matches the joined values."""
    whole = joined(rule, values)
    if isinstance(whole, str):
        return Fit.ALWAYS if matches(rule.regex, whole) else Fit.NEVER
    if _takes(rule.regex, whole) or _takes_each(rule, values):
        return Fit.ALWAYS
    return Fit.MAYBE


def _takes_each(rule: Rule, values: Sequence[Value]) -> bool:
    """``(.+);(.*)`` matches two labels if each part matches its own."""
    if not rule.separator or "|" in rule.regex or "(?" in rule.regex:
        return False  # what the whole means is not what its parts mean
    parts = rule.regex.split(rule.separator)
    return len(parts) == len(values) and all(map(_takes, parts, values))


def _takes(regex: str, value: Value) -> bool:
    match value:
        case Unknown.ANY:
            return regex in _TAKES_ANY
        case Unknown.SOME:
            return regex in _TAKES_SOME
        case _:
            return is_regex(regex) and matches(regex, value)


def filled(rule: Rule, value: Value) -> Value:
    """The rule's replacement once its regex matched ``value``."""
    regex = compiled(rule.regex)
    if isinstance(value, str):
        found = regex.match(value)
        return expand(rule.replacement, found) if found else ""
    parts = template(rule.replacement)
    groups = [part for part in parts if isinstance(part, Group) and has_group(regex, part)]
    literal = "".join(part for part in parts if isinstance(part, str))
    if not groups:
        return literal
    whole = value is SOME and rule.regex in _TAKES_SOME
    return SOME if literal or whole or any(_filled(rule.regex, group) for group in groups) else ANY


def _filled(regex: str, group: Group) -> bool:
    found = capture(regex, group)
    return found is not None and found.filled

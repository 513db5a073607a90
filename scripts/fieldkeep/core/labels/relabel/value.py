"""What is known of a label's value before any target has been seen, and of its templates.

A value is a text if it is known exactly ("" is a label that is not there), else ``SOME`` for
one that is not empty, ``LINE`` if it surely holds no line break either (before Prometheus 3 a dot
does not match one), or ``ANY`` for one that may be empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import Final

from fieldkeep.core.labels.relabel.goregex import (
    Group,
    compiled,
    expand,
    has_group,
    is_regex,
    matches,
    template,
)
from fieldkeep.core.labels.relabel.regextree import capture
from fieldkeep.core.labels.relabel.relabel import Rule


class Unknown(Enum):
    """A value of which only this is known: it is there, or it may be."""

    SOME = "some"
    LINE = "line"
    ANY = "any"


SOME, LINE, ANY = Unknown.SOME, Unknown.LINE, Unknown.ANY
Value = str | Unknown


class Fit(Enum):
    """Whether a regex matches a value that is not known exactly."""

    ALWAYS = "always"
    MAYBE = "maybe"
    NEVER = "never"


_TAKES_ANY = frozenset({".*", "(.*)"})
_TAKES_SOME = _TAKES_ANY | {".+", "(.+)"}
# What is written without escapes, classes and flags matches a line break by its dots only.
_PLAIN: Final = re.compile(r"(?:[^\\\[\n?]|(?<!\()\?)*")


def present(value: Value) -> bool:
    """Whether the label is surely there."""
    return value not in (ANY, "")


def either(one: Value, other: Value) -> Value:
    """What is known if it is one or the other."""
    if one == other:
        return one
    if not (present(one) and present(other)):
        return ANY
    return LINE if in_line(one) and in_line(other) else SOME


def in_line(value: Value) -> bool:
    """Whether it surely holds no line break."""
    return value is LINE or (isinstance(value, str) and "\n" not in value)


def matched(rule: Rule) -> Value:
    """What is known of a value that is not empty once the rule's regex has matched it."""
    in_one = not rule.version.dotall and _PLAIN.fullmatch(rule.regex)
    return LINE if in_one else SOME


def joined(rule: Rule, values: Sequence[Value]) -> Value:
    """The values of a rule's source labels with its separators between them."""
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) == len(values):
        return rule.separator.join(texts)
    separated = len(values) > 1 and rule.separator != ""
    if not separated and not any(present(value) for value in values):
        return ANY
    return LINE if "\n" not in rule.separator and all(map(in_line, values)) else SOME


def fit(rule: Rule, values: Sequence[Value]) -> Fit:
    """Whether the rule's regex matches the joined values."""
    whole = joined(rule, values)
    if isinstance(whole, str):
        return Fit.ALWAYS if rule.fits(whole) else Fit.NEVER
    dotall = rule.version.dotall
    if _takes(rule.regex, whole, dotall) or _takes_each(rule, values):
        return Fit.ALWAYS
    return Fit.MAYBE


def _takes_each(rule: Rule, values: Sequence[Value]) -> bool:
    """``(.+);(.*)`` matches two labels if each part matches its own."""
    if not rule.separator or "|" in rule.regex or "(?" in rule.regex:
        return False  # what the whole means is not what its parts mean
    parts = rule.regex.split(rule.separator)
    dotall = rule.version.dotall
    return len(parts) == len(values) and all(
        _takes(part, value, dotall) for part, value in zip(parts, values, strict=True)
    )


def _takes(regex: str, value: Value, dotall: bool) -> bool:
    match value:
        case Unknown.ANY:
            return dotall and regex in _TAKES_ANY
        case Unknown.SOME:
            return dotall and regex in _TAKES_SOME
        case Unknown.LINE:
            return regex in _TAKES_SOME
        case _:
            return is_regex(regex) and matches(regex, value, dotall)


def filled(rule: Rule, value: Value) -> Value:
    """The rule's replacement once its regex matched ``value``."""
    regex = compiled(rule.regex, rule.version.dotall)
    if isinstance(value, str):
        found = regex.match(value)
        return expand(rule.replacement, found) if found else ""
    parts = template(rule.replacement)
    groups = [part for part in parts if isinstance(part, Group) and has_group(regex, part)]
    literal = "".join(part for part in parts if isinstance(part, str))
    if not groups:
        return literal
    whole = present(value) and rule.regex in _TAKES_SOME
    if not (literal or whole or any(_filled(rule.regex, group) for group in groups)):
        return ANY
    return LINE if in_line(literal) and LINE in (value, matched(rule)) else SOME


def _filled(regex: str, group: Group) -> bool:
    found = capture(regex, group)
    return found is not None and found.filled

"""Values of GitHub's expressions: how they compare, and what they are as text or number.

A value is None, a bool, a float or int, a str, a list, or a dict. An `Open` property that is not
there is null, as on GitHub; what a `Closed` object has not is a mistake in the workflow.
"""

from __future__ import annotations

import math
import re
from typing import Any

from tests.actions.unknown import Unknown

Value = Any
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_HEX = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_INT32 = 2**31


class Closed(dict[str, Value]):
    """An object whose properties are all known: `name` is how expressions reach it."""

    def __init__(self, name: str, values: dict[str, Value]) -> None:
        super().__init__(values)
        self.name = name


class Exact(dict[str, Value]):
    """An object whose names differ by case: the `env` context on Linux."""


class Filtered(list[Value]):
    """What `.*` gives: a further `.name` picks that property of each item."""


def parse_number(text: str) -> float:
    """As JavaScript's Number() does, NaN for what is none."""
    text = text.strip()
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _HEX.fullmatch(text) or _OCTAL.fullmatch(text):
        number = int(text, 0)
        return float(number) if number < _INT32 else math.nan
    return {"Infinity": math.inf, "-Infinity": -math.inf}.get(text, math.nan)


def to_number(value: Value) -> float:
    match value:
        case None:
            return 0.0
        case bool() | int() | float():
            return float(value)
        case str():
            return parse_number(value)
        case _:
            return math.nan


def to_text(value: Value) -> str:
    """What `${{ }}` puts into a string. GitHub writes "Object" for an object: surely a mistake."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return _number_text(float(value))
        case str():
            return value
        case _:
            kind = "Array" if isinstance(value, list) else "Object"
            raise Unknown(f"an expression puts a whole {kind} into text: {value!r:.80}")


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return f"{number:.15G}" if number else "0"


def truthy(value: Value) -> bool:
    match value:
        case None:
            return False
        case float() | int():
            return bool(value) and not math.isnan(value)
        case str():
            return value != ""
        case _:
            return True


def primitive(value: Value) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _coerced(left: Value, right: Value) -> tuple[Value, Value] | None:
    """Both as values of one kind: strings (folded), or numbers; None where nothing compares."""
    if isinstance(left, str) and isinstance(right, str):
        return left.upper(), right.upper()
    if primitive(left) and primitive(right):
        numbers = to_number(left), to_number(right)
        return None if any(map(math.isnan, numbers)) else numbers
    return None


def equal(left: Value, right: Value) -> bool:
    if not primitive(left) and not primitive(right):
        return left is right
    pair = _coerced(left, right)
    return pair is not None and pair[0] == pair[1]


def less(left: Value, right: Value) -> bool:
    """`<`; null and null compare to nothing, as no kind but strings and numbers has an order."""
    if left is None and right is None:
        return False
    pair = _coerced(left, right)
    return pair is not None and bool(pair[0] < pair[1])


def prop(owner: Value, key: Value) -> Value:
    """`owner.key` or `owner[key]`."""
    match owner:
        case Filtered():
            found = (_inside(item, key) for item in owner if isinstance(item, dict | list))
            return Filtered(item for items in found for item in items)
        case dict() | list():
            found_here = _inside(owner, key)
            if not found_here and isinstance(owner, Closed):
                raise Unknown(f"{owner.name} has no property {key!r}")
            return found_here[0] if found_here else None
        case _:
            return None


def _inside(owner: dict[str, Value] | list[Value], key: Value) -> list[Value]:
    """The property as a list of one, or nothing."""
    if isinstance(owner, list):
        number = to_number(key)
        whole = not math.isnan(number) and 0 <= number < len(owner)
        return [owner[math.floor(number)]] if whole else []
    if not primitive(key):
        return []
    name = to_text(key)
    if name in owner:
        return [owner[name]]
    if isinstance(owner, Exact):
        return []
    return [value for other, value in owner.items() if other.upper() == name.upper()][:1]


def every(owner: Value) -> Filtered:
    """`owner.*`."""
    match owner:
        case Filtered():
            return Filtered(item for inner in owner for item in every(inner))
        case dict():
            return Filtered(owner.values())
        case list():
            return Filtered(owner)
        case _:
            return Filtered()

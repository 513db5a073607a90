"""JSON for machines: an object with a ``schema`` number, within which keys are only added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_INDENT: Final = "  "
_encode: Final = json.JSONEncoder().encode


class Encoded(str):
    """A text that is JSON already, with the indent of the depth at which it is put."""

    __slots__ = ()


def json_text(**keys: Any) -> str:
    return json.dumps({"schema": 1, **keys}, indent=2)


def json_at(depth: int, value: Any) -> str:
    """The text of a value as ``json_text`` writes it ``depth`` levels deep, in half of the time:
    Python's encoder in C writes no indents."""
    if isinstance(value, Encoded):
        return value
    if isinstance(value, dict) and value:
        keys = [f"{_encode(key)}: {json_at(depth + 1, inner)}" for key, inner in value.items()]
        return _between("{", keys, "}", depth)
    if isinstance(value, list) and value:
        return _between("[", [json_at(depth + 1, inner) for inner in value], "]", depth)
    return _encode(value)


def _between(opening: str, texts: list[str], closing: str, depth: int) -> str:
    pad = "\n" + _INDENT * depth
    inner = f",{pad}{_INDENT}".join(texts)
    return f"{opening}{pad}{_INDENT}{inner}{pad}{closing}"


def object_parts(depth: int, keys: Mapping[str, Any]) -> Iterator[str]:
    """The text of an object in parts, so that it need not be in memory as a whole: a value that is
    an iterator gives the parts of its own text."""
    opening = "{"
    for key, value in keys.items():
        yield f"{opening}\n{_INDENT * (depth + 1)}{_encode(key)}: "
        opening = ","
        if isinstance(value, Iterator):
            yield from value
        else:
            yield json_at(depth + 1, value)
    yield f"\n{_INDENT * depth}}}"


def list_parts(depth: int, items: Iterable[Iterator[str]]) -> Iterator[str]:
    """The text of a list in parts, from those of its items."""
    opening = "["
    for parts in items:
        yield f"{opening}\n{_INDENT * (depth + 1)}"
        opening = ","
        yield from parts
    yield "[]" if opening == "[" else f"\n{_INDENT * depth}]"

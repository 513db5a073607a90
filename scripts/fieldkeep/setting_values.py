"""What each setting may be: a parser for every name, from TOML or from a variable's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

Where = str | tuple[str, ...]


class Wrong(Exception):
    """A value of the wrong form; its message completes "SETTING in PLACE ..."."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong("must be a text that is not empty")
    return value


def _flag(value: Any) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    if not isinstance(value, bool):
        raise Wrong("must be true or false")
    return value


def _number(lowest: int, highest: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        if (
            not isinstance(number, int)
            or isinstance(number, bool)
            or not lowest <= number <= highest
        ):
            raise Wrong(f"must be a whole number from {lowest:,} to {highest:,}")
        return number

    return parse


def _patterns(value: Any) -> tuple[str, ...]:
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise Wrong("must be a list of label patterns")
    return tuple(item.strip() for item in listed if item.strip())


def _sources(value: Any) -> Mapping[str, Where]:
    if isinstance(value, str):
        return source_flags(value.split(","))
    if not isinstance(value, dict):
        raise Wrong('must be a table of names, for example { master = "prometheus/*.yml" }')
    found: dict[str, Where] = {}
    for name, where in value.items():
        listed = [where] if isinstance(where, str) else where
        if (
            not isinstance(listed, list)
            or not listed
            or not all(isinstance(w, str) and w for w in listed)
        ):
            raise Wrong(f"'{name}' must be a file or a glob, or a list of them")
        found[name] = listed[0] if len(listed) == 1 else tuple(listed)
    return found


def source_flags(values: Sequence[str]) -> Mapping[str, Where]:
    """``[NAME=]WHERE``, several with one name together; without a name the file's stem is it."""
    found: dict[str, Where] = {}
    unnamed: set[str] = set()
    for value in values:
        name, equals, where = value.partition("=")
        if not equals or "/" in name or "*" in name:
            name, where = Path(value).stem.replace("*", "all"), value
            if name in unnamed:
                raise Wrong(f"needs names: two sources would both be called '{name}'")
            unnamed.add(name)
        if not where or not name:
            raise Wrong("must be WHERE or NAME=WHERE")
        before = found.get(name, ())
        found[name] = (
            (*((before,) if isinstance(before, str) else before), where) if before else where
        )
    return found


PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "store": _text,
    "key": _text,
    "fields": _text,
    "schema": _text,
    "sources": _sources,
    "source_version": _text,
    "static_labels": _flag,
    "exclude": _patterns,
    "owner": _text,
    "history": _number(1, 100),
    "max_value_bytes": _number(1024, 1 << 30),
    "max_transaction_bytes": _number(1024, 1 << 30),
}

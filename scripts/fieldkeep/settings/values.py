"""A parser for each setting, of a TOML value or of a variable's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fieldkeep.core.labels.relabel.version import Version, parse_version
from fieldkeep.core.labels.unmanaged import Unmanaged
from fieldkeep.settings.receivers import parse_receivers
from fieldkeep.settings.sources import Wrong, parse_sources

__all__ = ["PARSERS", "Wrong"]


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
    patterns = value.split(",") if isinstance(value, str) else value
    if not isinstance(patterns, list) or not all(isinstance(item, str) for item in patterns):
        raise Wrong("must be a list of patterns")
    return tuple(item.strip() for item in patterns if item.strip())


def _version(value: Any) -> Version:
    version = parse_version(_text(value))
    if version is None:
        raise Wrong("must be a Prometheus version, for example 2.53")
    return version


def _unmanaged(value: Any) -> Unmanaged:
    if value not in (choices := [choice.value for choice in Unmanaged]):
        raise Wrong(f"must be one of: {', '.join(choices)}")
    return Unmanaged(value)


PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "store": _text,
    "key": _text,
    "fields": _text,
    "schema": _text,
    "sources": parse_sources,
    "source_version": _version,
    "static_labels": _flag,
    "exclude": _patterns,
    "unmanaged": _unmanaged,
    "machine_sources": _patterns,
    "owner": _text,
    "branch": _text,
    "clean": _flag,
    "history": _number(1, 100),
    "max_value_bytes": _number(1024, 1 << 30),
    "max_transaction_bytes": _number(1024, 1 << 30),
    "most_deletes": _number(0, 100_000),
    "delete_percent": _number(0, 100),
    "change_percent": _number(0, 100),
    "conflict_budget": _number(0, 3600),
    "require_all_sources": _flag,
    "notify": parse_receivers,
}

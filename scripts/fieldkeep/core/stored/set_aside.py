"""``<key>.corrupt``: the damaged and foreign values that were set aside before they were replaced.

JSON, a list, newest first, of {at, key, size, checksum, value_gz}. An earlier version kept one
value as it was: that one is the list's oldest entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.words import numbers_there_are
from fieldkeep.core.stored.keys import Keys
from fieldkeep.errors import InputError
from fieldkeep.model import Absent, Json, Live

PREFIX: Final = "aside:"
"""Begins the name of a value: ``aside:0`` is the newest."""

_DIGITS: Final = 7


@dataclass(frozen=True, slots=True)
class SetAside:
    """One value of ``key``. ``at`` is RFC 3339, or '' where it is not known; ``packed`` is the
    value itself, as base64 of gzip."""

    key: str
    at: str
    size: int
    checksum: str
    packed: str

    def value(self) -> bytes:
        """The bytes as they were. Raises InputError for an entry that was damaged itself."""
        try:
            value = canonical.gunzipped(self.packed)
        except ValueError as error:
            raise InputError(f"the value set aside for {self.key}: {error}", _HINT) from error
        if canonical.digest_of(value) != self.checksum:
            message = f"the value set aside for {self.key}: its checksum does not match"
            raise InputError(message, _HINT)
        return value

    def to_json(self) -> dict[str, Json]:
        return {
            "at": self.at,
            "key": self.key,
            "size": self.size,
            "checksum": self.checksum,
            "value_gz": self.packed,
        }


_HINT: Final = "look at the key itself: `fieldkeep history export --format consul FILE` has it"


def of(key: str, value: bytes, at: str) -> SetAside:
    return SetAside(key, at, len(value), canonical.digest_of(value), canonical.gzipped(value))


def decode(key: str, live: Live) -> tuple[SetAside, ...]:
    """The values set aside for ``key``, newest first, from the value of its ``.corrupt`` key. What
    is no entry becomes one, so that it is never lost."""
    if isinstance(live, Absent) or not live.value:
        return ()
    try:
        items = canonical.loads(live.value, strict=True)
    except ValueError:
        items = None
    if not isinstance(items, list) or not any(map(_is_entry, items)):
        return (of(key, live.value, ""),)
    return tuple(
        SetAside(key, item["at"], item["size"], item["checksum"], item["value_gz"])
        if _is_entry(item)
        else of(key, canonical.dumps(item), "")
        for item in items
    )


def _is_entry(item: Json) -> bool:
    match item:
        case {"at": str(), "size": int(), "checksum": str(), "value_gz": str()}:
            return True
    return False


def encode(entries: Iterable[SetAside]) -> bytes:
    return canonical.dumps([entry.to_json() for entry in entries])


def decode_all(keys: Keys, values: Mapping[str, Live]) -> tuple[SetAside, ...]:
    """The values set aside for all keys of a document, newest first. ``values`` has those of the
    ``.corrupt`` keys."""
    entries = [e for key in keys.all for e in decode(key, values.get(keys.aside(key), Absent()))]
    return tuple(sorted(entries, key=lambda entry: entry.at, reverse=True))


def aside_number(name: str) -> int | None:
    """The number in ``aside:N``; None for another name."""
    number = name.removeprefix(PREFIX)
    return int(number) if name != number and number.isdecimal() and len(number) < _DIGITS else None


def find(entries: Sequence[SetAside], number: int) -> SetAside:
    """Raises InputError if there is no such number."""
    if number < len(entries):
        return entries[number]
    there = numbers_there_are(len(entries))
    hint = "`fieldkeep history` lists them"
    raise InputError(f"no value with the number {number} was set aside: {there}", hint)

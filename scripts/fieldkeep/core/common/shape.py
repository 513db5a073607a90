"""Strict reading of JSON from outside: a value of an unexpected shape raises an error.

Every message names a place inside the value and never quotes the value itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from fieldkeep.core.common import canonical
from fieldkeep.model import Json

Kind = TypeVar("Kind")
_NAMES: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


class WrongShapeError(Exception):
    """``str(error)`` names the place and the expected kind of value."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An input that could not be read, and ``why``. Never treated as an empty input."""

    why: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON object, and ``at``: its place in the whole value, for messages. Every method raises
    WrongShapeError for a value of another kind."""

    values: Mapping[str, Json]
    at: str = ""

    def required(self, name: str, kind: type[Kind]) -> Kind:
        """The value of a key that must be present."""
        if name not in self.values:
            raise WrongShapeError(f"{self._place(name)} is missing")
        return _typed(self.values[name], kind, self._place(name))

    @overload
    def optional(self, name: str, kind: type[Kind]) -> Kind | None: ...
    @overload
    def optional(self, name: str, kind: type[Kind], default: Kind) -> Kind: ...
    def optional(self, name: str, kind: type[Kind], default: Kind | None = None) -> Kind | None:
        """The value of a key that may be absent or null; ``default`` if it is."""
        value = self.values.get(name)
        return default if value is None else _typed(value, kind, self._place(name))

    def nullable(self, name: str, kind: type[Kind]) -> Kind | None:
        """The value of a key that must be present and may be null."""
        return None if self.required(name, object) is None else self.required(name, kind)

    def object(self, name: str) -> Shape:
        """An object that must be present."""
        return Shape(self.required(name, dict), self._place(name))

    def optional_object(self, name: str) -> Shape | None:
        """An object that may be absent or null."""
        values = self.optional(name, dict)
        return None if values is None else Shape(values, self._place(name))

    def objects(self, name: str) -> list[Shape]:
        """A list of objects that must be present: a missing list is not an empty one."""
        return [Shape(entry, place) for entry, place in self._entries(name, dict)]

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of strings that must be present."""
        return tuple(entry for entry, _ in self._entries(name, str))

    def _entries(self, name: str, kind: type[Kind]) -> list[tuple[Kind, str]]:
        """Each entry of a list, with its place."""
        entries: list[Any] = self.required(name, list)
        places = [f"{self._place(name)}[{index}]" for index in range(len(entries))]
        return [(_typed(entry, kind, at), at) for entry, at in zip(entries, places, strict=True)]

    def _place(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name


def decode(content: bytes, schema: int) -> Shape:
    """The JSON object in ``content``, whose key ``schema`` must be ``schema``. Raises
    WrongShapeError."""
    try:
        value = canonical.loads(content)
    except ValueError as error:
        raise WrongShapeError("it is not JSON") from error
    shape = Shape(_typed(value, dict, "the whole"))
    if shape.required("schema", int) != schema:
        raise WrongShapeError(f"schema is not {schema}: another version wrote it")
    return shape


def _typed(value: Json, kind: type[Kind], place: str) -> Kind:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise WrongShapeError(f"{place} is not {_NAMES[kind]}")
    return value

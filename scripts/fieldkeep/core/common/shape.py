"""JSON that came from somewhere else, read strictly: what has another shape than the one that is
documented is not guessed at.

Every message names a place inside the value and never quotes the value itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, overload

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
    """``str(error)`` says where and what was expected."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What should have been read, and ``why`` it was not. Never the same as "nothing there"."""

    why: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON object with the place where it stands, for messages."""

    values: Mapping[str, Json]
    at: str = ""

    def need(self, name: str, kind: type[Kind]) -> Kind:
        """The value of a key that must be there. Raises WrongShapeError."""
        if name not in self.values:
            raise WrongShapeError(f"{self._place(name)} is missing")
        return _typed(self.values[name], kind, self._place(name))

    @overload
    def maybe(self, name: str, kind: type[Kind]) -> Kind | None: ...
    @overload
    def maybe(self, name: str, kind: type[Kind], otherwise: Kind) -> Kind: ...
    def maybe(self, name: str, kind: type[Kind], otherwise: Kind | None = None) -> Kind | None:
        """The value of a key that may be absent or null. Raises WrongShapeError."""
        value = self.values.get(name)
        return otherwise if value is None else _typed(value, kind, self._place(name))

    def known(self, name: str, kind: type[Kind]) -> Kind | None:
        """The value of a key that must be there and may be null: what is missing is not "none".
        Raises WrongShapeError."""
        return None if self.need(name, object) is None else self.need(name, kind)

    def one(self, name: str) -> Shape:
        """An object that must be there. Raises WrongShapeError."""
        return Shape(self.need(name, dict), self._place(name))

    def perhaps(self, name: str) -> Shape | None:
        """An object that may be absent or null. Raises WrongShapeError."""
        found = self.maybe(name, dict)
        return None if found is None else Shape(found, self._place(name))

    def each(self, name: str) -> list[Shape]:
        """A list of objects that must be there: a missing list is not one without entries. Raises
        WrongShapeError."""
        place = self._place(name)
        listed: list[Any] = self.need(name, list)
        return [
            Shape(_typed(entry, dict, f"{place}[{index}]"), f"{place}[{index}]")
            for index, entry in enumerate(listed)
        ]

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts that must be there. Raises WrongShapeError."""
        listed: list[Any] = self.need(name, list)
        place = self._place(name)
        return tuple(_typed(entry, str, f"{place}[{i}]") for i, entry in enumerate(listed))

    def _place(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name


def decode(content: bytes, schema: int) -> Shape:
    """A JSON object whose ``schema`` is this one. Raises WrongShapeError."""
    try:
        found = json.loads(content.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise WrongShapeError("it is not JSON") from error
    shape = Shape(_typed(found, dict, "the whole"))
    if shape.need("schema", int) != schema:
        raise WrongShapeError(f"schema is not {schema}: another version wrote it")
    return shape


def _typed(value: Json, kind: type[Kind], place: str) -> Kind:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise WrongShapeError(f"{place} is not {_NAMES[kind]}")
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)

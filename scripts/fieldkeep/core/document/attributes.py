"""One document attribute at a time: from a field file, from the document, and back.

An *attribute* is what the document calls it and what is owned, merged and compared on its own; an
*entry* is what a field file calls it, parts written ``visibility.table``. A field is flattened to
its attributes for the merge and joined again afterwards; only ``validation`` has sub-keys, which
are attributes of their own (``validation.regex``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from fieldkeep.core.common.canonical import equal
from fieldkeep.core.document.attribute_table import (
    ANY_PAGE,
    ENTRIES,
    FROM_PROMETHEUS,
    SCHEMA_VERSION,
    SET_BY_NO_PERSON,
)
from fieldkeep.model import FieldFile, Json

EntryPath = tuple[str, ...]
"""Of an entry inside a field file: ``("visibility", "table")``."""

NAME: Final = "name"
STRUCTURE: Final = tuple(attribute.name for attribute in FROM_PROMETHEUS)
NOT_CUSTOMIZABLE: Final = frozenset({NAME, *STRUCTURE, *SET_BY_NO_PERSON})
"""The attributes that people do not set."""

_INSIDE: Final = "validation."
_NEAR_VALIDATION: Final = (".", "validation")
_PREFIX: Final = {"visibility": "show_in_", "validation": _INSIDE}
HAS_PARTS: Final = frozenset(_PREFIX)
"""The entries whose parts are owned on their own; any other map is one value."""


def _set_by() -> dict[str, tuple[str, ...]]:
    attributes: dict[str, list[str]] = defaultdict(list)
    for entry in ENTRIES:
        for attribute in entry.attributes:
            if attribute.part:
                attributes[f"{entry.key}.{attribute.part}"].append(attribute.name)
            elif entry.key not in (NAME, "pages", *_PREFIX):
                attributes[entry.key].append(attribute.name)
    return {key: tuple(names) for key, names in attributes.items()}


SET_BY: Final[Mapping[str, tuple[str, ...]]] = _set_by()
"""The attributes that each entry of a field file sets, but for ``pages``: an enum lists those."""

ENTRY_OF: Final = {name: entry for entry, names in SET_BY.items() for name in names}
"""The entry that sets an attribute: ``field_type`` -> ``type``."""


TWINS: Final = {
    name: twin for names in SET_BY.values() for name in names for twin in names if twin != name
}
"""The other attribute that the same entry sets, for those that have one."""

_RESERVED: Final = frozenset({*STRUCTURE, *(ENTRY_OF.keys() - SET_BY.keys())})


def is_reserved(key: str) -> bool:
    """Whether no entry of a team's own schema may have this name: the document has an attribute of
    that name, which something else sets."""
    return key in _RESERVED or shows_field(key)


def shows_field(attribute: str) -> bool:
    """Whether an attribute says that a page or a view shows the field."""
    return attribute.startswith(_PREFIX["visibility"])


def is_shown(field: Mapping[str, Json]) -> bool:
    """Whether any page or view shows a field of the document."""
    return any(value is not False for name, value in field.items() if shows_field(name))


class NoValue(Enum):
    """What a side can hold of an attribute besides a value: it is unset, or the side is silent."""

    UNSET = "unset"
    NOT_MENTIONED = "not mentioned"


@dataclass(frozen=True, slots=True)
class FieldValues:
    """The attributes of one field on one side (live, a backup)."""

    values: Mapping[str, Json]
    knows_validation: bool = False

    def get(self, attribute: str) -> Json | NoValue:
        if attribute in self.values:
            return self.values[attribute]
        if attribute.startswith(_INSIDE) and self.knows_validation:
            return NoValue.UNSET
        return NoValue.NOT_MENTIONED


NO_VALUES: Final = FieldValues({})


def field_values(field: Mapping[str, Json]) -> FieldValues:
    """A field of the document as a side of the merge."""
    return FieldValues(flatten(field), "validation" in field)


def flatten(field: Mapping[str, Json]) -> dict[str, Json]:
    """A field of the document -> its attributes by name. ``join`` is the inverse."""
    values: dict[str, Json] = {}
    for name, value in field.items():
        if not name.startswith(_NEAR_VALIDATION):
            values[name] = value
        elif name == "validation" and isinstance(value, dict) and value:
            values |= {_INSIDE + part: inner for part, inner in value.items()}
        else:
            values[_whole(name)] = value
    return values


def _whole(name: str) -> str:
    """The attribute for a name of a field: a dot tells another writer's "validation.x" from our
    part of "validation"."""
    return "." + name if name.startswith((".", _INSIDE)) else name


def join(values: Mapping[str, Json]) -> dict[str, Json]:
    """Attributes by name -> a field of the document, its keys sorted."""
    field: dict[str, Json] = {}
    validation: dict[str, Json] = {}
    for attribute, value in sorted(values.items()):
        if attribute.startswith(_INSIDE):
            validation[attribute.removeprefix(_INSIDE)] = value
        else:
            field[attribute.removeprefix(".")] = value
    if validation:
        field["validation"] = validation
    return dict(sorted(field.items()))


def attributes_of(name: str, known: Collection[str]) -> tuple[str, ...]:
    """The attributes among ``known`` that are meant by the name of one, or of an entry of a field
    file (``type``, ``pages``, ``validation``)."""
    if name in known:
        return (name,)
    if name == "pages":
        parts = {attribute for attributes in SET_BY.values() for attribute in attributes}
        return tuple(a for a in known if shows_field(a) and a not in parts)
    if name in HAS_PARTS:
        return tuple(a for entry, names in SET_BY.items() for a in names if entry.startswith(name))
    return SET_BY.get(name, ())


def from_file(file: FieldFile, pages: Sequence[str]) -> dict[str, tuple[Json, EntryPath]]:
    """The attributes that a valid field file owns: each value with the entry that sets it."""
    return {
        attribute: (value, path)
        for key, entry_value in file.attributes.items()
        for attribute, value, path in _owned(key, entry_value, pages)
    }


def _owned(key: str, value: Json, pages: Sequence[str]) -> Iterator[tuple[str, Json, EntryPath]]:
    """(attribute, value, path in the file) for each attribute that one entry sets."""
    match key, value:
        case "pages", _:
            for page in pages:
                yield f"show_in_{page}", value == "all" or page in value, ("pages",)
        case (("visibility" | "validation"), dict()):
            for part, inner in value.items():
                for attribute in SET_BY.get(f"{key}.{part}", (_PREFIX[key] + part,)):
                    yield attribute, _integral(inner), (key, part)
        case "category", [only]:
            yield "category", only, ("category",)
        case _ if key not in (NAME, SCHEMA_VERSION, *HAS_PARTS) and not is_reserved(key):
            # an entry of a team's own schema is applied under its own name, as one attribute
            for attribute in SET_BY.get(key, (_whole(key),)):
                yield attribute, _integral(value), (key,)


def _integral(value: Json) -> Json:
    """10.0 is an integer to JSON Schema, and 10 to those who read the document."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def defaults(name: str, pages: Sequence[str]) -> dict[str, Json]:
    """The value of each attribute of a field where nothing sets it."""
    words = (word[:1].upper() + word[1:] for word in name.split("_") if word)
    return {**_defaults(tuple(pages)), "display_name": " ".join(words) or name}


@lru_cache(maxsize=16)
def _defaults(pages: tuple[str, ...]) -> Mapping[str, Json]:
    values = {
        attribute: row.default
        for entry in ENTRIES
        for row in entry.attributes
        for attribute in ([f"show_in_{p}" for p in pages] if row.name == ANY_PAGE else [row.name])
        if not attribute.startswith(_INSIDE)
    }
    del values[NAME]
    return values


def same(attribute: str, left: Json | NoValue, right: Json | NoValue) -> bool:
    """Whether consumers see the same: 'a' and ['a'] are one category, 'a,b' are two, true is not
    1."""
    if left is right:
        return True
    if isinstance(left, NoValue) or isinstance(right, NoValue):
        return False
    if attribute == "category":
        left, right = as_list(left), as_list(right)
    return equal(left, right)


def as_list(value: Json) -> Json:
    """The categories that a value names: one text may name several, with commas between them."""
    if not isinstance(value, str):
        return value
    return [name for part in value.split(",") if (name := part.strip())] or [value]

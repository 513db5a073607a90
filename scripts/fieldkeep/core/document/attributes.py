"""The unit of ownership: one document attribute, and its way between file, document and merge.

A field of the document is flattened to units for the merge and put together again afterwards;
only ``validation`` has sub-keys, which are units of their own (``validation.regex``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from fieldkeep.core.common.canonical import dumps
from fieldkeep.model import FieldFile, Json, Place

NAME: Final = "name"
STRUCTURE: Final = ("source_label", "regex", "replacement")

# What a field file calls an attribute, and what the document calls it.
IN_DOCUMENT: Final = {
    "display_name": "display_name",
    "description": "description",
    "type": "field_type",
    "category": "category",
    "required": "required",
    "auto_register": "available_for_registration",
    "order": "order",
    "options": "options",
    "default": "default_value",
    "placeholder": "placeholder",
    "editable": "editable",
    "enabled": "enabled",
}
_INSIDE: Final = "validation."


class NoValue(Enum):
    """What a side can say of a unit besides a value: that it is not set, or nothing at all."""

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
    """Document attributes -> units. ``join`` is its inverse."""
    units: dict[str, Json] = {}
    for name, value in field.items():
        if name == "validation" and isinstance(value, dict) and value:
            units |= {_INSIDE + key: inner for key, inner in value.items()}
        else:
            # a foreign attribute that looks like one of our units is told apart by a dot
            units["." + name if name.startswith((".", _INSIDE)) else name] = value
    return units


def join(units: Mapping[str, Json]) -> dict[str, Json]:
    """Units -> document attributes, sorted by name."""
    field: dict[str, Json] = {}
    inside: dict[str, Json] = {}
    for unit, value in sorted(units.items()):
        if unit.startswith(_INSIDE):
            inside[unit.removeprefix(_INSIDE)] = value
        else:
            field[unit.removeprefix(".")] = value
    if inside:
        field["validation"] = inside
    return dict(sorted(field.items()))


def from_file(file: FieldFile, pages: Sequence[str]) -> dict[str, tuple[Json, Place]]:
    """The units that a valid field file owns, each with its value and where it stands."""
    return {
        unit: (value, file.marks.get(path, Place(file.path)))
        for attribute, given in file.attributes.items()
        for unit, value, path in _owned(attribute, given, pages)
    }


def _owned(
    attribute: str, given: Json, pages: Sequence[str]
) -> Iterator[tuple[str, Json, tuple[str, ...]]]:
    """(unit, value, path in the file) for each unit that one attribute of a file owns."""
    match attribute, given:
        case "pages", _:
            for page in pages:
                yield f"show_in_{page}", given == "all" or page in given, ("pages",)
        case "visibility", dict():
            for part, shown in given.items():
                yield f"show_in_{part}", shown, ("visibility", part)
        case "validation", dict():
            yield from _validation(given)
        case "category", [only]:
            yield "category", only, ("category",)
        case _ if attribute in IN_DOCUMENT:
            yield IN_DOCUMENT[attribute], _whole(given), (attribute,)


def _validation(given: Mapping[str, Json]) -> Iterator[tuple[str, Json, tuple[str, ...]]]:
    for part, inner in given.items():
        yield _INSIDE + part, _whole(inner), ("validation", part)
    if "regex" in given:  # consumers read the regex in either of two places
        yield "validation_regex", given["regex"], ("validation", "regex")


def _whole(value: Json) -> Json:
    """10.0 is an integer to JSON Schema, and 10 to those who read the document."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def defaults(name: str, pages: Sequence[str]) -> dict[str, Json]:
    """What a field says when nobody ever said anything about it."""
    return {
        "display_name": " ".join(word[:1].upper() + word[1:] for word in name.split("_") if word)
        or name,
        "description": "",
        "field_type": "string",
        "category": "extra",
        "required": False,
        "available_for_registration": False,
        **{f"show_in_{page}": True for page in pages},
        "show_in_table": True,
        "show_in_form": True,
        "show_in_filter": True,
        "show_in_dashboard": False,
        "order": 999,
        "options": None,
        "default_value": None,
        "placeholder": "",
        "validation": None,
        "validation_regex": None,
        "editable": True,
        "enabled": True,
    }


def same(unit: str, left: Json | NoValue, right: Json | NoValue) -> bool:
    """Equal as consumers see it: 'a' and ['a'] are one category, true is not 1."""
    if isinstance(left, NoValue) or isinstance(right, NoValue):
        return left is right
    if unit == "category":
        left, right = as_list(left), as_list(right)
    return dumps(left) == dumps(right)


def as_list(value: Json) -> Json:
    return [value] if isinstance(value, str) else value

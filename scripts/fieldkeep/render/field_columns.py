"""The columns of a list of fields, called as in a field file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.document.attributes import SET_BY, attributes_of
from fieldkeep.model import Json
from fieldkeep.render.screen import Part, Screen, Style
from fieldkeep.render.tables import Column

Field = Mapping[str, Json]
_AUTO_REGISTER: Final = 5  # the rank of the last column that is worth cutting others for


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """``short`` is its head on a terminal, where a long one would take the room of a cell."""

    title: str
    text: Callable[[Field, Screen], Part]
    least: int | None = None
    rank: int = 0
    short: str = ""
    right: bool = False

    def column(self, screen: Screen, *, asked_for: bool) -> Column:
        title = self.title if screen.width is None else self.short or self.title
        if asked_for:
            return Column(title, 0, self.least, self.right)
        return Column(title, self.rank, self.least, self.right, self.rank > _AUTO_REGISTER)


def _of(attribute: str) -> Callable[[Field, Screen], Part]:
    return lambda field, _screen: text(field.get(attribute))


def _flag(attribute: str) -> Callable[[Field, Screen], Part]:
    """A mark where it is true."""

    def shown(field: Field, screen: Screen) -> Part:
        mark = "✓" if screen.unicode else "yes"
        return (mark, Style.GOOD) if field.get(attribute) is True else ""

    return shown


def _name(field: Field, _screen: Screen) -> Part:
    return text(field.get("name")), Style.NAME


def pages(field: Field) -> tuple[list[str], list[str]]:
    """The pages that show a field, and those that do not."""
    names = attributes_of("pages", field)
    return _split({name.removeprefix("show_in_"): field[name] for name in names})


def views(field: Field) -> tuple[list[str], list[str]]:
    """The same for the parts of a page: its table, its form, ..."""
    parts = {entry: names for entry, names in SET_BY.items() if entry.startswith("visibility.")}
    known = {e.partition(".")[2]: field[a] for e, (a,) in parts.items() if a in field}
    return _split(known)


def _split(shown: Mapping[str, Json]) -> tuple[list[str], list[str]]:
    yes = [name for name, value in shown.items() if value is True]
    return yes, [name for name in shown if name not in yes]


def _pages(field: Field, _screen: Screen) -> Part:
    yes, no = pages(field)
    return ", ".join(yes) if no or not yes else "all"


def _views(field: Field, _screen: Screen) -> Part:
    return ", ".join(views(field)[0])


def text(content: Json) -> str:
    match content:
        case None:
            return ""
        case list():
            return ", ".join(map(text, content))
        case str():
            return content
        case _:
            return json.dumps(content, ensure_ascii=False, sort_keys=True)


COLUMNS: Final[Mapping[str, FieldColumn]] = {
    "name": FieldColumn("name", _name),
    "display_name": FieldColumn("display name", _of("display_name"), 10, 1),
    "type": FieldColumn("type", _of("field_type"), 6, 3),
    "category": FieldColumn("category", _of("category"), 10, 2),
    "required": FieldColumn("required", _flag("required"), rank=4, short="req"),
    "auto_register": FieldColumn(
        "auto-register", _flag("available_for_registration"), rank=_AUTO_REGISTER, short="auto"
    ),
    "order": FieldColumn("order", _of("order"), rank=6, right=True),
    "from": FieldColumn("from", _of("source_label"), 30, 7),
    "description": FieldColumn("description", _of("description"), 20, 8),
    "pages": FieldColumn("pages", _pages, 12, 9),
    "visibility": FieldColumn("visibility", _views, 12, 10),
    "options": FieldColumn("options", _of("options"), 12, 11),
    "default": FieldColumn("default", _of("default_value"), 8, 12),
    "placeholder": FieldColumn("placeholder", _of("placeholder"), 12, 13),
    "validation": FieldColumn("validation", _of("validation"), 12, 14),
    "editable": FieldColumn("editable", _flag("editable"), rank=15),
    "enabled": FieldColumn("enabled", _flag("enabled"), rank=16),
}
"""In the order in which `--wide` shows them."""

USUAL: Final = tuple(COLUMNS)[:8]
"""Those of a list that names none."""

LEGEND: Final = "in the order of pages; req: required; auto: auto-register"

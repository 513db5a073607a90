"""Where each value of a field comes from, and what lost to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fieldkeep.core.common.places import places_of
from fieldkeep.core.common.words import number
from fieldkeep.core.document.attributes import ENTRY_OF, NoValue, attributes_of, defaults, same
from fieldkeep.core.merge.decide import Decision
from fieldkeep.core.merge.merged_field import MergedField
from fieldkeep.core.merge.outcome import ValueOrigin
from fieldkeep.core.restore.field_history import HeldValue
from fieldkeep.render.field_groups import PAGES, groups, indent
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.words import printable, value

Held = Mapping[str, Sequence[HeldValue]]
_PAGE: Final = "show_in_"


@dataclass(frozen=True, slots=True)
class _Row:
    """``lost`` are the values of other sides."""

    name: str
    value: str
    origin: str
    lost: Sequence[str] = ()


def explained_text(result: MergedField, held: Held, screen: Screen) -> str:
    """The attributes in groups. Those at their defaults are only counted, unless the screen is
    ``verbose``."""
    known = {row["attribute"]: row for row in _explained(result, held)}
    folded = [] if screen.verbose else list(_at_defaults(result, known))
    named = {
        group: list(_rows(group, [known[name] for name in names]))
        for group, names in groups(known.keys() - set(folded))
    }
    widest = max((len(row.name) for rows in named.values() for row in rows), default=0)
    lines = [line((result.name, Style.NAME), ", as a sync would leave it")]
    for group, rows in named.items():
        lines.append(line((group, Style.HEADING)))
        lines += [shown for row in rows for shown in _lines(row, widest, screen.width)]
    if folded:
        defaults_ = "its default" if len(folded) == 1 else "their defaults"
        text = f"{number(len(folded), 'attribute')} at {defaults_}; --verbose lists them"
        lines.append(line((text, Style.MUTED)))
    return draw(screen, lines)


def _at_defaults(result: MergedField, known: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    pages = [name.removeprefix(_PAGE) for name in attributes_of("pages", known)]
    usual = defaults(result.name, pages)
    for name, row in known.items():
        is_usual = name in usual and same(name, row["value"], usual[name])
        silent = row["origin"] in (ValueOrigin.LIVE, ValueOrigin.DEFAULT)
        if is_usual and silent and not row["lost"] and not row["history"]:
            yield name


def _rows(group: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[_Row]:
    """Pages with the same answer from the same place are one row."""
    together: dict[object, list[Mapping[str, Any]]] = {}
    for row in rows:
        alone = group != PAGES or row["lost"] or row["history"] or type(row["value"]) is not bool
        place = (row["value"], row["origin"], row["where"], row["attribute"] in ENTRY_OF)
        key = row["attribute"] if alone else place
        together.setdefault(key, []).append(row)
    for first, *more in together.values():
        if not more:
            yield _Row(printable(first["attribute"]), value(first["value"]), *_origin(first))
            continue
        names = [printable(row["attribute"].removeprefix(_PAGE)) for row in (first, *more)]
        label = "shown " if first["value"] else "not shown "
        label += "in" if first["attribute"] in ENTRY_OF else "on"
        yield _Row(label, ", ".join(names), *_origin(first))


def _origin(row: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The side and the place, and the values that lost."""
    losing = [f"{item['origin']} {value(item['value'])}" for item in row["lost"]]
    losing += [f"backup {e['backup']} {value(e['value'])}" for e in row["history"]]
    return printable(" ".join(filter(None, (row["origin"], row["where"])))), losing


def _lines(row: _Row, widest: int, width: int | None) -> Iterator[Line]:
    """The value, then the muted place: beside it, or below if it does not fit there."""
    name, at = f"  {row.name:<{widest}}  ", indent(widest, row.value, width)
    if width is None:
        lost = f"; over {'; '.join(row.lost)}" if row.lost else ""
        yield line(name, row.value, "  ", (row.origin, Style.MUTED), (lost, Style.WARNING))
        return
    if widest + 4 + len(row.value) + 2 + len(row.origin) <= width:
        yield line(name, row.value, "  ", (row.origin, Style.MUTED), indent=at)
    else:
        yield line(name, row.value, indent=at)
        yield line(" " * at, (row.origin, Style.MUTED), indent=at)
    for text in row.lost:
        yield line(" " * at, (f"over {text}", Style.WARNING), indent=at)


def explained_json(result: MergedField, held: Held, _screen: Screen) -> str:
    return json_text(field=result.name, attributes=_explained(result, held))


def _explained(result: MergedField, held: Held) -> list[dict[str, Any]]:
    present = {u for u, d in result.decisions.items() if not isinstance(d.value, NoValue)}
    if any(attribute.startswith("validation.") for attribute in present):
        present.discard("validation")  # its parts say it all
    places = places_of(result.file) if result.file else None

    def where(decision: Decision) -> str | None:
        return str(places.value(decision.entry)) if places and decision.entry else None

    rows = []
    for attribute in sorted(present):
        decision = result.decisions[attribute]
        rows.append(
            {
                "attribute": attribute,
                "value": decision.value,
                "origin": decision.origin.value,
                "where": where(decision),
                "drift": decision.drift.value if decision.drift else None,
                "lost": [
                    {"origin": side.value, "value": lost} for side, lost in decision.overruled
                ],
                "history": [
                    {"backup": e.index, "timestamp": e.backup.timestamp, "value": e.value}
                    for e in held.get(attribute, ())
                ],
            }
        )
    return rows


EXPLAINED = {"text": explained_text, "json": explained_json}

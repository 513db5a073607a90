"""One field, and the list of all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fieldkeep.core.document.attributes import NAME, flatten
from fieldkeep.core.document.document import Document
from fieldkeep.model import Json
from fieldkeep.render.field_columns import COLUMNS, LEGEND, USUAL, pages, text, views
from fieldkeep.render.field_groups import PAGES, groups, indent
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.tables import table_lines, width_of
from fieldkeep.render.words import NOTHING, printable, value


def one_text(entry: Mapping[str, Json], screen: Screen) -> str:
    """The attributes in groups; the pages and the views that show the field are put together."""
    lines = [line((text(entry.get(NAME)), Style.NAME))]
    values = flatten(entry)
    named = {group: list(_rows(group, names, values)) for group, names in groups(values)}
    widest = max((len(name) for rows in named.values() for name, _ in rows), default=0)
    for group, rows in named.items():
        lines.append(line((group, Style.HEADING)))
        for name, shown in rows:
            at = indent(widest, shown, screen.width)
            style = Style.MUTED if shown == NOTHING else None
            lines.append(
                line(f"  {name:<{widest}}  ", (shown, style) if style else shown, indent=at)
            )
    return draw(screen, lines)


def _rows(
    group: str, names: Sequence[str], values: Mapping[str, Json]
) -> Iterator[tuple[str, str]]:
    if group != PAGES:
        yield from ((printable(name), value(values[name], longest=None)) for name in names)
        return
    for (yes, no), (shown, hidden) in (
        (pages(values), ("shown on", "not shown on")),
        (views(values), ("shown in", "not shown in")),
    ):
        yield from [(shown, ", ".join(yes))] if yes else []
        yield from [(hidden, ", ".join(no))] if no else []


def one_json(entry: Mapping[str, Json], _screen: Screen) -> str:
    return json.dumps(entry, indent=2, sort_keys=True)


ONE = {"text": one_text, "json": one_json}


def list_text(document: Document, screen: Screen, columns: Sequence[str] | None = None) -> str:
    """A line for each field; the ``columns`` that were asked for, or as many of the usual ones as
    the screen has room for."""
    names = USUAL if columns is None else columns
    lines = field_lines(document, screen, names, asked_for=columns is not None)
    if columns is None and screen.width is not None:
        legend = (LEGEND, "--columns and --wide show more")
        lines += [line((text, Style.MUTED)) for text in legend]
    return draw(screen, lines)


def wide_text(document: Document, screen: Screen, columns: Sequence[str] | None = None) -> str:
    """All columns, each as wide as it must be; where they do not fit, a block for each field."""
    names = tuple(COLUMNS) if columns is None else columns
    endless = replace(screen, width=None)
    lines = field_lines(document, endless, names, asked_for=True)
    if screen.width is None or max(width_of(str(one)) for one in lines) <= screen.width:
        return draw(endless, lines)
    widest = max(len(COLUMNS[name].title) for name in names)
    return draw(
        screen,
        [
            shown
            for field, entry in _sorted(document)
            for shown in _block(field, entry, names, widest, screen)
        ],
    )


def _block(
    field: str, entry: Mapping[str, Json], names: Sequence[str], widest: int, screen: Screen
) -> Iterator[Line]:
    """The name, then a row for each column that has something to show."""
    yield line((field, Style.NAME))
    for name in names:
        part = COLUMNS[name].text({**entry, "name": field}, screen)
        if name != NAME and (part if isinstance(part, str) else part[0]):
            yield line(f"  {COLUMNS[name].title:<{widest}}  ", part, indent=widest + 4)


def field_lines(
    document: Document,
    screen: Screen,
    columns: Sequence[str] = USUAL,
    *,
    asked_for: bool = False,
) -> list[Line]:
    """A table; the columns that were not ``asked_for`` may be left out."""
    heads = [COLUMNS[name].column(screen, asked_for=asked_for) for name in columns]
    rows = [
        [COLUMNS[name].text({**entry, "name": field}, screen) for name in columns]
        for field, entry in _sorted(document)
    ]
    return table_lines(heads, rows, screen)


def _sorted(document: Document) -> Sequence[tuple[str, Mapping[str, Json]]]:
    def key(item: tuple[str, Mapping[str, Json]]) -> tuple[float, str]:
        order = item[1].get("order")
        return (order if isinstance(order, int | float) else 999, item[0])

    return sorted(document.fields.items(), key=key)


def list_json(document: Document, _screen: Screen, _columns: Sequence[str] | None = None) -> str:
    return json_text(fields=[entry for _, entry in _sorted(document)])


LIST = {"text": list_text, "json": list_json}
WIDE = {"text": wide_text, "json": list_json}

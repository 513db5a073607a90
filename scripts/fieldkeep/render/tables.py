"""Tables: one row a line, with the columns and the width that the screen has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.render.screen import Line, Part, Screen, Style, draw
from fieldkeep.render.words import printable

_GAP: Final = 2


@dataclass(frozen=True, slots=True)
class Column:
    """Where the screen is too narrow, the column with the highest ``rank`` is left out first, one
    of rank 0 never. What is too wide then ends in an ellipsis, in columns that may be cut to
    ``least`` characters; an ``extra`` column is left out before that. In a pipe, all is shown
    whole."""

    title: str
    rank: int = 0
    least: int | None = None
    right: bool = False
    extra: bool = False


def table(columns: Sequence[Column], rows: Iterable[Sequence[Part]], screen: Screen) -> str:
    """A head, and a line for each row."""
    return draw(screen, table_lines(columns, rows, screen))


def table_lines(
    columns: Sequence[Column], rows: Iterable[Sequence[Part]], screen: Screen
) -> list[Line]:
    head: list[Part] = [(column.title, Style.HEADING) for column in columns]
    cells = [[_printable(part) for part in row] for row in (head, *rows)]
    widths = [max(width_of(row[i][0]) for row in cells) for i in range(len(columns))]
    if screen.width is not None:
        widths = _fitting(columns, widths, screen.width)
    return [_line(row, columns, widths, "…" if screen.unicode else "...") for row in cells]


_Cell = tuple[str, Style | None]


def _printable(part: Part) -> _Cell:
    text, style = (part, None) if isinstance(part, str) else part
    return printable(text), style


def _fitting(columns: Sequence[Column], widths: Sequence[int], available: int) -> list[int]:
    """The width of each column; 0 for those that are left out."""
    least = [
        width if column.least is None else min(width, max(column.least, len(column.title)))
        for column, width in zip(columns, widths, strict=True)
    ]
    shown = list(range(len(columns)))

    def leave(needed: Sequence[int], can: Callable[[Column], bool]) -> None:
        leaving = sorted((i for i in shown if can(columns[i])), key=lambda i: columns[i].rank)
        while leaving and _total(needed[i] for i in shown) > available:
            shown.remove(leaving.pop())

    leave(widths, lambda column: column.extra)
    leave(least, lambda column: column.rank > 0)
    fitting = [width if i in shown else 0 for i, width in enumerate(widths)]
    for _ in range(_total(filter(None, fitting)) - available):
        widest = max(shown, key=lambda i: (fitting[i] > least[i], fitting[i]))
        fitting[widest] -= fitting[widest] > least[widest]
    return fitting


def _total(widths: Iterable[int]) -> int:
    return sum(width + _GAP for width in widths) - _GAP


def _line(
    row: Sequence[_Cell], columns: Sequence[Column], widths: Sequence[int], dots: str
) -> Line:
    parts: list[Part] = []
    blank = 0  # spaces that are owed to the next cell that shows something
    for (text, style), column, width in zip(row, columns, widths, strict=True):
        if not width:
            continue
        shown = _cut(text, width, dots)
        rest = width - width_of(shown)
        before, after = (rest, 0) if column.right else (0, rest)
        if shown:
            parts.append(" " * (blank + before))
            parts.append(shown if style is None else (shown, style))
            blank = after + _GAP
        else:
            blank += rest + _GAP
    return Line(parts)


def _cut(text: str, width: int, dots: str) -> str:
    if width_of(text) <= width:
        return text
    from rich.cells import set_cell_size

    return set_cell_size(text, max(width - len(dots), 0)).rstrip() + dots


def width_of(text: str) -> int:
    """In columns of a terminal. Most texts need no import to tell."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)

"""Tables, drawn by rich at the terminal's width; cells are text, never markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fieldkeep.render.screen import Screen, Style, draw_rich
from fieldkeep.render.words import printable


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], screen: Screen, right: Sequence[int] = ()
) -> str:
    """A plain table; ``right`` are the columns that hold numbers."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, show_edge=False, header_style=Style.HEADING)
    for index, title in enumerate(head):
        drawn.add_column(title, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    return draw_rich(screen, drawn)

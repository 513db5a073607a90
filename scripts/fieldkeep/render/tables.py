"""Tables, drawn by rich at the terminal's width; cells are text, never markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from fieldkeep.render.words import printable

WIDE = 200


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], width: int, right: Sequence[int] = ()
) -> str:
    """A plain table; ``right`` are the columns that hold numbers."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for index, title in enumerate(head):
        drawn.add_column(title, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    out = StringIO()
    Console(file=out, width=width, no_color=True, legacy_windows=False).print(drawn)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())

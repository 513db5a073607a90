"""What a text is printed on, and how lines for people get their color and their width.

Renderers say what a piece of text means (``Style``), never which color it has. Only ``draw`` knows
rich, and only for a screen that has a width or colors: a text in a pipe costs no import of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from typing import TYPE_CHECKING, Final

from fieldkeep.render.words import printable, with_environment

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text


@dataclass(frozen=True, slots=True)
class Screen:
    """``width`` in columns, None where a line may be as long as it needs: in a pipe or a file.
    ``verbose`` if the reader asked for each thing where a number would do. ``environment`` is the
    one that the commands in a text have to name. ``unicode`` for a terminal that shows more than
    ASCII."""

    width: int | None = None
    color: bool = False
    verbose: bool = False
    environment: str | None = None
    unicode: bool = False

    @property
    def plain(self) -> bool:
        return self.width is None and not self.color


PIPE: Final = Screen()
WIDEST: Final = 200  # columns of a table in a pipe


class Style(StrEnum):
    """What a piece of text is; the value is how rich draws it."""

    CREATE = "green"
    UPDATE = "yellow"
    DELETE = "red"
    GOOD = "green"
    WARNING = "yellow"
    ERROR = "bold red"
    HEADING = "bold"
    NAME = "bold cyan"
    MUTED = "dim"


_HANGING: Final = 4
_WORD: Final = re.compile(r"\s*\S+\s*")

Part = str | tuple[str, Style]
"""A piece of a line. Control characters in it are written out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. What no longer fits goes on ``indent`` columns from the left; None is a little
    further in than the line itself. A ``verbatim`` line quotes a file: it is neither broken nor
    changed, so that it can be copied."""

    parts: Sequence[Part]
    indent: int | None = None
    verbatim: bool = False

    def __str__(self) -> str:
        return "".join(printable(part if isinstance(part, str) else part[0]) for part in self.parts)


def line(*parts: Part, indent: int | None = None) -> Line:
    return Line(parts, indent)


def draw(screen: Screen, lines: Iterable[Line | str]) -> str:
    """The lines as this screen shows them, without a newline at the end. Only words are moved to
    the next line: a path or an address stays whole, even where it is wider than the screen."""
    made = [Line((one,)) if isinstance(one, str) else one for one in lines]
    if screen.environment:
        made = [_in_environment(one, screen.environment) for one in made]
    if screen.plain:
        return "\n".join(map(str, made))
    console = _console(screen)
    for one in made:
        for shown in _broken(one, screen.width):
            console.print(shown, soft_wrap=True)
    return _text(console)


def _in_environment(one: Line, name: str) -> Line:
    if one.verbatim:
        return one
    parts = [
        with_environment(part, name)
        if isinstance(part, str)
        else (with_environment(part[0], name), part[1])
        for part in one.parts
    ]
    return Line(parts, one.indent)


def draw_rich(screen: Screen, *renderables: RenderableType, widest: int = WIDEST) -> str:
    """Tables and other things of rich. Where the screen has no width, they may take ``widest``."""
    console = _console(screen, widest)
    console.print(*renderables, sep="\n", crop=False)
    return _text(console)


def _console(screen: Screen, widest: int = 100_000) -> Console:
    from rich.console import Console

    return Console(
        file=StringIO(),
        width=screen.width or widest,
        force_terminal=screen.color,
        color_system="standard" if screen.color else None,
        no_color=not screen.color,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )


def _text(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def _broken(one: Line, width: int | None) -> Iterable[Text]:
    """The lines that this one fills, broken between words only."""
    from rich.text import Text

    whole = Text()
    for part in one.parts:
        text, style = (part, "") if isinstance(part, str) else part
        whole.append(printable(text), style)
    if width is None or one.verbatim:
        return [whole]
    lead = len(whole.plain) - len(whole.plain.lstrip())
    indent = min(lead + _HANGING if one.indent is None else one.indent, width // 2)
    pieces = whole.divide(_breaks(whole.plain, width, indent))
    for piece in pieces:
        piece.rstrip()
    return [pieces[0], *(Text(" " * indent).append_text(piece) for piece in pieces[1:])]


def _breaks(text: str, width: int, indent: int) -> Iterable[int]:
    """Where the words begin that no longer fit; lines after the first begin at ``indent``."""
    from rich.cells import cell_len

    column = 0
    for match in _WORD.finditer(text):
        word = match.group()
        if match.start() and column + cell_len(word.rstrip()) > width and word.strip():
            yield match.start()
            column = indent
        column += cell_len(word)

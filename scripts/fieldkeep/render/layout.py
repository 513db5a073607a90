"""How the lines of a text for people are arranged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from fieldkeep.render.screen import Line, Style, line

_GAP: Final = 2  # columns between a name and what stands beside it


def apart(groups: Iterable[Iterable[Line]]) -> list[Line]:
    """The lines of all groups, and an empty line between two that have some."""
    filled = [lines for group in groups if (lines := list(group))]
    gaps = [[], *([line("")] for _ in filled[1:])]
    return [each for gap, lines in zip(gaps, filled, strict=True) for each in (*gap, *lines)]


def titled(title: str, texts: Sequence[str], style: Style) -> Iterator[Line]:
    """A heading with the number of lines below it; nothing if there are none."""
    if texts:
        yield line((f"{title} ({len(texts)})", style))
    for each in texts:
        yield line(f"    {each}")


def details(named: Mapping[str, str]) -> Iterator[Line]:
    """Each text beside its name, aligned; an empty text is left out."""
    found = {name: text for name, text in named.items() if text}
    widest = max(map(len, found), default=0) + _GAP
    for name, text in found.items():
        yield line((f"{name:<{widest}}", Style.MUTED), text, indent=widest)

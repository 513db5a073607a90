"""The columns of a page before and after, side by side: what a template needs to draw them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final

from fieldkeep.core.common.words import number, shortened
from fieldkeep.core.plan.columns import Column, Mark, PageColumns

ROW: Final = 22  # pixels
_TOP: Final = 34  # below the heads of both sides
_AROUND: Final = 1  # unchanged columns that are shown beside one that changes
_MOST: Final = 40  # columns of a side; a telephone shows no more without a long way down
_LONGEST: Final = 17
_RENAMED: Final = "✎"
_ICONS: Final = {Mark.KEPT: "", Mark.ADDED: "+", Mark.REMOVED: "\N{MINUS SIGN}", Mark.MOVED: "↕"}


@dataclass(frozen=True, slots=True)
class Label:
    """A column in one of the lists, or, without a place, how many are left out. ``y`` is the middle
    of its line."""

    y: int
    text: str
    mark: Mark = Mark.KEPT
    place: int | None = None
    icon: str = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Joins the two places of a column."""

    before: int
    after: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Said:
    """What happens to a column, in words."""

    icon: str
    title: str
    what: str


@dataclass(frozen=True, slots=True)
class Plot:
    """``said`` says the same in words, but for ``more`` columns; ``counts`` are their numbers. Not
    ``drawn``: its pages have the same said of them, but not the same columns."""

    pages: tuple[str, ...]
    before: tuple[Label, ...]
    after: tuple[Label, ...]
    links: tuple[Link, ...]
    height: int
    counts: tuple[int, int]
    said: tuple[Said, ...]
    more: int
    drawn: bool = True


def plots(groups: Sequence[PageColumns]) -> list[Plot]:
    """One for all pages of which the same is to be said."""
    alike: dict[tuple[tuple[Said, ...], int], Plot] = {}
    for group in groups:
        new = plot(group)
        known = alike.get((new.said, new.more))
        if known:
            same = replace(new, pages=known.pages, drawn=known.drawn) == known
            new = replace(known, pages=(*known.pages, *new.pages), drawn=known.drawn and same)
        alike[new.said, new.more] = new
    return list(alike.values())


def plot(pages: PageColumns) -> Plot:
    """Columns far from any change are left out."""
    old = sorted((c for c in pages.columns if c.before), key=attrgetter("before"))
    new = [c for c in pages.columns if c.after]
    shown = _near_changes(old) | _near_changes(new)
    before = tuple(_labels(old, shown, Mark.REMOVED))
    after = tuple(_labels(new, shown, Mark.ADDED))
    ends = {label.place: label.y for label in after if label.place is not None}
    starts = {label.place: label.y for label in before if label.place is not None}
    links = tuple(
        Link(starts[column.before], ends[column.after], column.mark)
        for column in new
        if column.before in starts and column.after in ends
    )
    height = _TOP + ROW * max(len(before), len(after), 1)
    said = tuple(map(_said, pages.changed[:_MOST]))
    more = len(pages.changed) - len(said)
    return Plot(pages.pages, before, after, links, height, (len(old), len(new)), said, more)


def _near_changes(columns: Sequence[Column]) -> set[str]:
    near: set[str] = set()
    for place, column in enumerate(columns):
        if column.mark is not Mark.KEPT or column.renamed:
            first = max(0, place - _AROUND)
            near |= {one.name for one in columns[first : place + _AROUND + 1]}
        if len(near) > _MOST:
            break
    return near


def _labels(columns: Sequence[Column], shown: set[str], own: Mark) -> Iterator[Label]:
    """``own`` is the mark that only this side has."""
    line, left_out = 0, 0

    def y() -> int:
        return _TOP + line * ROW + ROW // 2

    for column in columns:
        if column.name not in shown:
            left_out += 1
            continue
        if left_out:
            yield Label(y(), f"{left_out} more")
            line, left_out = line + 1, 0
        is_old = own is Mark.REMOVED
        title = column.old_title if is_old else column.title
        mark = column.mark if column.mark in (own, Mark.MOVED) else Mark.KEPT
        place = column.before if is_old else column.after
        icon = _RENAMED if mark is Mark.KEPT and column.renamed else _ICONS[mark]
        yield Label(y(), shortened(title, _LONGEST), mark, place, icon, title)
        line += 1
    if left_out:
        yield Label(y(), f"{left_out} more")


def _said(column: Column) -> Said:
    title = column.old_title
    renamed = f"becomes “{column.title}”"
    match column.mark:
        case Mark.ADDED:
            return Said("+", column.title, f"added as column {column.after}")
        case Mark.REMOVED:
            return Said("\N{MINUS SIGN}", title, f"removed, was column {column.before}")
        case Mark.MOVED:
            places = f"moved from column {column.before} to {column.after}"
            return Said("↕", title, f"{places}, and {renamed}" if column.renamed else places)
    return Said(_RENAMED, f"column {column.after} “{title}”", renamed)


def same(groups: Sequence[PageColumns]) -> str:
    """``exporters, blackbox: 12 columns`` of the pages that do not change."""
    return "; ".join(
        f"{', '.join(group.pages)}: {number(len(group.columns), 'column')}"
        for group in groups
        if not group.changed
    )

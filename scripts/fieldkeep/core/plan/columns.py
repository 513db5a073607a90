"""The columns of each page's table, as they are and as they would be."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fieldkeep.core.merge.assemble import position
from fieldkeep.model import Json

Fields = Mapping[str, Mapping[str, Json]]
"""The fields of a document by name."""


class Mark(StrEnum):
    """What happens to a column. One that others only push along is kept."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Column:
    """``before`` and ``after`` are its place from 1 on, None where it is no column; ``old_title``
    and ``title`` are what its head says."""

    name: str
    mark: Mark
    before: int | None
    after: int | None
    old_title: str
    title: str

    @property
    def renamed(self) -> bool:
        return None not in (self.before, self.after) and self.old_title != self.title


@dataclass(frozen=True, slots=True)
class PageColumns:
    """The columns of pages that show the same ones: those of after in their order, then those that
    are removed."""

    pages: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def changed(self) -> tuple[Column, ...]:
        return tuple(one for one in self.columns if one.mark is not Mark.KEPT or one.renamed)


def is_column(field: Mapping[str, Json], page: str) -> bool:
    """Whether a field of the document is a column there: enabled, shown in tables and on this
    page."""
    needed = ("enabled", "show_in_table", f"show_in_{page}")
    return all(field.get(attribute, True) is True for attribute in needed)


def page_columns(before: Fields, after: Fields, pages: Sequence[str]) -> tuple[PageColumns, ...]:
    """In the order of ``pages``."""
    in_order = tuple(sorted(fields.values(), key=position) for fields in (before, after))
    alike: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for page in pages:
        names = tuple(
            tuple(str(field["name"]) for field in fields if is_column(field, page))
            for fields in in_order
        )
        alike.setdefault(names, []).append(page)
    return tuple(
        PageColumns(tuple(group), _columns(old, new, before, after))
        for (old, new), group in alike.items()
    )


def _columns(
    old: Sequence[str], new: Sequence[str], before: Fields, after: Fields
) -> tuple[Column, ...]:
    old_place = {name: place for place, name in enumerate(old, start=1)}
    new_place = {name: place for place, name in enumerate(new, start=1)}
    kept = _longest_rise([old_place[name] for name in new if name in old_place])

    def column(name: str) -> Column:
        if name not in old_place:
            mark = Mark.ADDED
        elif name not in new_place:
            mark = Mark.REMOVED
        else:
            mark = Mark.KEPT if old_place[name] in kept else Mark.MOVED
        titles = (str(fields.get(name, {}).get("display_name", name)) for fields in (before, after))
        return Column(name, mark, old_place.get(name), new_place.get(name), *titles)

    return tuple(map(column, [*new, *(name for name in old if name not in new_place)]))


def _longest_rise(places: Sequence[int]) -> set[int]:
    """As many of these different numbers as rise one after the other; the rest has moved."""
    lowest: list[int] = []  # the lowest number that a rise of each length can end with
    before: dict[int, int | None] = {}
    for place in places:
        length = bisect_left(lowest, place)
        before[place] = lowest[length - 1] if length else None
        lowest[length : length + 1] = [place]
    found, place_or_none = set[int](), lowest[-1] if lowest else None
    while place_or_none is not None:
        found.add(place_or_none)
        place_or_none = before[place_or_none]
    return found

"""What changes in fields, for people: a heading for each field, below it the attributes with their
old and their new value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.document.attributes import STRUCTURE
from fieldkeep.core.document.difference import Difference
from fieldkeep.core.merge.outcome import ValueOrigin
from fieldkeep.core.plan.plan import Action, Attribute, Change
from fieldkeep.model import Json
from fieldkeep.render.screen import Line, Part, Screen, Style, line
from fieldkeep.render.words import printable, value, value_pair

MARKS: Final[Mapping[Action, tuple[str, Style]]] = {
    Action.CREATE: ("+ ", Style.CREATE),
    Action.UPDATE: ("~ ", Style.UPDATE),
    Action.DELETE: ("- ", Style.DELETE),
}
_NONE: Final = "(none)"
_MOST_STRUCTURE: Final = 5  # fields that are shown one by one, like any other
_WIDEST_NAME: Final = 32
SIDES: Final = {
    ValueOrigin.GIT: "git",
    ValueOrigin.LIVE: "live",
    ValueOrigin.BACKUP: "live, from the backup",
    ValueOrigin.PROMETHEUS: "Prometheus",
    ValueOrigin.DEFAULT: "default",
}


@dataclass(frozen=True, slots=True)
class Row:
    """An attribute that changes; ``side`` stands behind it. None is "nothing there"."""

    name: str
    old: Json
    new: Json
    side: str = ""


def groups(
    changes: Sequence[Change],
    screen: Screen,
    drift: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[list[Line]]:
    """The fields that are created, that are updated, one by one, and that are deleted. ``drift``
    says of a field what happened to it. Unless the screen is ``verbose``, a new or a deleted field
    is one line, and attributes that get their defaults are only counted."""
    of = {action: [c for c in changes if c.action is action] for action in Action}
    yield list(_whole(of[Action.CREATE], screen))
    together = [] if screen.verbose else _only_structure(of[Action.UPDATE])
    folded = {change.field for change in together}
    for change in of[Action.UPDATE]:
        if change.field not in folded:
            yield list(_updated(change, screen, (drift or {}).get(change.field, ())))
    if together:
        yield [_structure(together)]
    yield list(_whole(of[Action.DELETE], screen))


def shown_alone(changes: Sequence[Change], screen: Screen) -> frozenset[str]:
    """The updated fields that have a heading of their own."""
    updated = [change for change in changes if change.action is Action.UPDATE]
    together = [] if screen.verbose else _only_structure(updated)
    return frozenset(c.field for c in updated) - {c.field for c in together}


def structure_only(change: Change) -> bool:
    names = {attribute.name for attribute in change.attributes}
    return change.action is Action.UPDATE and names <= set(STRUCTURE)


def _only_structure(updated: Sequence[Change]) -> list[Change]:
    """Many fields in which nothing but structure changes."""
    found = [change for change in updated if structure_only(change)]
    return found if len(found) > _MOST_STRUCTURE else []


def _structure(together: Sequence[Change]) -> Line:
    names = first_few([change.field for change in together])
    attributes = ", ".join(sorted({a.name for change in together for a in change.attributes}))
    return line(
        MARKS[Action.UPDATE],
        (number(len(together), "field"), Style.UPDATE),
        f": {attributes} as Prometheus gives it",
        (f" ({names})", Style.MUTED),
    )


def _whole(changes: Sequence[Change], screen: Screen) -> Iterator[Line]:
    """Fields that come or go."""
    widest = _widest(change.field for change in changes)
    for change in changes:
        name = f"{printable(change.field):<{widest}}"
        yield one_line(change.action, name, _known(change), *_tally(change))
        if screen.verbose:
            yield from _values(change)
    defaults = sum(_is_filled(a) for change in changes for a in change.attributes)
    if defaults and not screen.verbose:
        yield line((f"  and {_at_defaults(defaults, 'more ')}; --verbose lists each", Style.MUTED))


def _known(change: Change) -> dict[str, Json]:
    gone = change.action is Action.DELETE
    return {a.name: a.old if gone else a.new for a in change.attributes}


def one_line(action: Action, name: str, known: Mapping[str, Json], *more: Part) -> Line:
    """A field that comes or goes with these attributes: ``+ company  "Company", select, basic``."""
    category = known.get("category")
    kinds = category if isinstance(category, list) else [category]
    title = known.get("display_name")
    words = [each for each in (known.get("field_type"), *kinds) if isinstance(each, str)]
    about = ", ".join([*([] if title is None else [value(title)]), *words])
    mark = MARKS[action]
    return line(mark, (name, mark[1]), f"  {about}" if about else "", *more)


def _values(change: Change) -> Iterator[Line]:
    widest = _widest(attribute.name for attribute in change.attributes) + 1
    known, style = _known(change), MARKS[change.action][1]
    for attribute in change.attributes:
        name = f"    {printable(attribute.name) + ':':<{widest}} "
        yield line(name, (value(known[attribute.name]), style), (_side(attribute), Style.MUTED))


def _tally(change: Change) -> Sequence[Part]:
    count = sum(not _is_filled(attribute) for attribute in change.attributes)
    return [(f"  ({number(count, 'attribute')})", Style.MUTED)] if count else []


def _updated(change: Change, screen: Screen, happened: Sequence[str]) -> Iterator[Line]:
    mark = MARKS[change.action]
    drift: Sequence[Part] = [(f": {'; '.join(happened)}", Style.MUTED)] if happened else []
    yield line(mark, (change.field, mark[1]), *drift)
    folded = [] if screen.verbose else [a for a in change.attributes if _is_filled(a)]
    yield from rows((_row(a) for a in change.attributes if a not in folded), screen)
    if folded:
        yield line((f"    {_at_defaults(len(folded))}", Style.MUTED))


def _at_defaults(count: int, more: str = "") -> str:
    defaults = "its default" if count == 1 else "their defaults"
    return f"{number(count, f'{more}attribute')} at {defaults}"


def _is_filled(attribute: Attribute) -> bool:
    """Whether it had no value and gets its default."""
    return attribute.old is None and attribute.side is ValueOrigin.DEFAULT


def _row(attribute: Attribute) -> Row:
    return Row(attribute.name, attribute.old, attribute.new, _side(attribute))


def _side(attribute: Attribute) -> str:
    """``  [git fields/company.yaml:3]``."""
    where = attribute.where
    place = f" {where.path}:{where.line}" if where else ""
    return f"  [{SIDES[attribute.side]}{place}]"


def difference_rows(differences: Iterable[Difference], screen: Screen) -> Iterator[Line]:
    """What differs between two versions of a field."""
    yield from rows((Row(d.place, d.old, d.new) for d in differences), screen)


def rows(entries: Iterable[Row], screen: Screen) -> Iterator[Line]:
    """``name: old -> new  [side]``. Where that does not fit, the values are below each other."""
    found = list(entries)
    widest = _widest(row.name for row in found) + 1
    for row in found:
        yield from _shown(row, widest, screen.width)


def _widest(names: Iterable[str]) -> int:
    return min(max((len(printable(name)) for name in names), default=0), _WIDEST_NAME)


def _shown(row: Row, widest: int, width: int | None) -> Iterator[Line]:
    name = f"    {printable(row.name) + ':':<{widest}} "
    old, new = value_pair(row.old, row.new)
    side: Sequence[Part] = [(row.side, Style.MUTED)]
    if old == new == _NONE:
        yield line(name, "added, without a value", *side)
        return
    beside = line(name, (old, Style.DELETE), " -> ", (new, Style.CREATE), *side)
    if width is None or _columns(beside) <= width:
        yield beside
        return
    yield line(name.rstrip(), *side)
    yield line(("      - ", Style.DELETE), (old, Style.DELETE), indent=8)
    yield line(("      + ", Style.CREATE), (new, Style.CREATE), indent=8)


def _columns(shown: Line) -> int:
    from rich.cells import cell_len

    return cell_len(str(shown))

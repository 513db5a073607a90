"""An adoption: what is written to which file, what no file can say, what a sync would do then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from fieldkeep.core.adopt.adopted_files import Adoption
from fieldkeep.core.adopt.effects import Changed
from fieldkeep.core.common.words import number
from fieldkeep.core.plan.plan import Action
from fieldkeep.render import changes, file_diff
from fieldkeep.render.layout import apart
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.words import value

_SHOWN = 3


def text(adoption: Adoption, screen: Screen, *, written: bool) -> str:
    """``written`` if the files have been written."""
    effects = adoption.effects
    groups = [
        _files(adoption),
        _unsayable(adoption),
        [
            *_each("a sync would still change", effects.customizations, Style.ERROR),
            *_each("not adopted, a sync changes it", effects.pending, Style.WARNING),
        ],
        [
            *_grouped("structure as Prometheus gives it", effects.structure),
            *_grouped("completed by a sync, live says nothing", effects.completed),
            *_names("created by a sync, not live", effects.created),
            *_names("created by a sync, shown nowhere for want of a file", effects.hidden),
            *_names("deleted by a sync, their files left git", effects.deleted),
            *_names("live without a file, name them or use --all", adoption.not_asked),
        ],
        [_verdict(adoption, written=written)],
    ]
    return draw(screen, apart(groups))


def _files(adoption: Adoption) -> Iterator[Line]:
    for file in adoption.all_files:
        mark = changes.MARKS[Action.UPDATE if file.before else Action.CREATE]
        entries = f"  ({', '.join(file.entries)})" if file.entries else ""
        yield line(mark, (file.after.path, mark[1]), (entries, Style.MUTED))


def _verdict(adoption: Adoption, *, written: bool) -> Line:
    if adoption.files:
        adopted = "adopted" if written else "to adopt"
        count = number(len(adoption.files), "field file")
        return line((f"{count} {adopted}", Style.HEADING), "; the store was not touched")
    effects = adoption.effects
    open_ends = adoption.unsayable or effects.customizations or effects.pending
    rest = "" if open_ends else ": no edit is known; NAMEs or --all look at more"
    return line(("nothing to adopt", Style.HEADING), rest)


def _unsayable(adoption: Adoption) -> Iterator[Line]:
    """A line each; the same attribute of many fields is one line."""
    title = ("in no file: ", Style.WARNING)
    by_attribute = defaultdict(list)
    for entry in adoption.unsayable:
        by_attribute[(entry.attribute, entry.reason)].append(entry)
    for (attribute, reason), entries in sorted(by_attribute.items()):
        if not attribute or len(entries) <= _SHOWN:
            for entry in entries:
                what = f"{entry.field}.{attribute}" if attribute else entry.field
                content = f" {value(entry.value)}" if attribute else ""
                yield line(title, f"{what}{content}: {reason}")
        else:
            fields = _some([entry.field for entry in entries])
            yield line(title, f"{attribute} of {fields}: {reason}")


def _each(title: str, changed: Sequence[Changed], style: Style) -> Iterator[Line]:
    for change in changed:
        place = f"{change.field}.{change.attribute}"
        values = f"{value(change.live)} -> {value(change.new)}"
        yield line((f"{title}: ", style), f"{place}: {values}")


def _grouped(title: str, changed: Sequence[Changed]) -> Iterator[Line]:
    """A line for each set of fields, with what they have in common."""
    by_attribute = defaultdict(list)
    for change in changed:
        by_attribute[change.attribute].append(change.field)
    by_fields = defaultdict(list)
    for attribute, fields in sorted(by_attribute.items()):
        by_fields[tuple(fields)].append(attribute)
    for names, attributes in by_fields.items():
        yield line((f"{title}: ", Style.MUTED), f"{', '.join(attributes)} of {_some(names)}")


def _names(title: str, names: Sequence[str]) -> Iterator[Line]:
    if names:
        yield line((f"{title}: ", Style.MUTED), _some(names))


def _some(names: Sequence[str]) -> str:
    first = ", ".join(names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{number(len(names), 'field')} ({first}{more})"


def diff(adoption: Adoption) -> Iterable[Line]:
    """What would be written, as `git diff` shows it."""
    return (
        each for file in adoption.all_files for each in file_diff.lines(file.before, file.after)
    )

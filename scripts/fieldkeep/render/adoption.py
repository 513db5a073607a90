"""An adoption: what is written to which file, what no file can say, what a sync would do then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from fieldkeep.core.adopt.adopted_files import Adoption
from fieldkeep.core.adopt.effects import Changed
from fieldkeep.core.common.words import number
from fieldkeep.render import file_diff
from fieldkeep.render.screen import Line
from fieldkeep.render.words import printable, value

_SHOWN = 3


def text(adoption: Adoption, *, written: bool) -> str:
    """``written`` if the files have been written."""
    new, old = ("created", "changed") if written else ("to create", "to change")
    lines = []
    for file in adoption.all_files:
        entries = f" ({', '.join(map(printable, file.entries))})" if file.entries else ""
        lines.append(f"{old if file.before else new}: {printable(file.after.path)}{entries}")
    lines += _unsayable(adoption)
    effects = adoption.effects
    for change in effects.customizations:
        lines.append(f"a sync would still change: {_change(change)}")
    for change in effects.pending:
        lines.append(f"not adopted, a sync changes it: {_change(change)}")
    lines += _grouped("structure as Prometheus gives it", effects.structure)
    lines += _grouped("completed by a sync, live says nothing", effects.completed)
    lines += _names("created by a sync, not live", effects.created)
    lines += _names("created by a sync, shown nowhere for want of a file", effects.hidden)
    lines += _names("deleted by a sync, their files left git", effects.deleted)
    lines += _names("live without a file, name them or use --all", adoption.not_asked)
    if not adoption.files:
        open_ends = adoption.unsayable or effects.customizations or effects.pending
        rest = "" if open_ends else ": no edit is known; NAMEs or --all look at more"
        lines.append(f"nothing to adopt{rest}")
    else:
        adopted = "adopted" if written else "to adopt"
        lines.append(
            f"{number(len(adoption.files), 'field file')} {adopted}; the store was not touched"
        )
    return "\n".join(lines)


def _unsayable(adoption: Adoption) -> Iterable[str]:
    """A line each; the same attribute of many fields is one line."""
    by_attribute = defaultdict(list)
    for entry in adoption.unsayable:
        by_attribute[(entry.attribute, entry.reason)].append(entry)
    for (attribute, reason), entries in sorted(by_attribute.items()):
        if not attribute or len(entries) <= _SHOWN:
            for entry in entries:
                what = f"{entry.field}.{attribute}" if attribute else entry.field
                content = f" {value(entry.value)}" if attribute else ""
                yield f"in no file: {printable(what)}{content}: {printable(reason)}"
        else:
            fields = _some([entry.field for entry in entries])
            yield f"in no file: {printable(attribute)} of {fields}: {printable(reason)}"


def _change(change: Changed) -> str:
    place = printable(f"{change.field}.{change.attribute}")
    return f"{place}: {value(change.live)} -> {value(change.new)}"


def _grouped(title: str, changes: Sequence[Changed]) -> Iterable[str]:
    """A line for each set of fields, with what they have in common."""
    by_attribute = defaultdict(list)
    for change in changes:
        by_attribute[change.attribute].append(change.field)
    by_fields = defaultdict(list)
    for attribute, fields in sorted(by_attribute.items()):
        by_fields[tuple(fields)].append(printable(attribute))
    for names, attributes in by_fields.items():
        yield f"{title}: {', '.join(attributes)} of {_some(names)}"


def _names(title: str, names: Sequence[str]) -> Iterable[str]:
    if names:
        yield f"{title}: {_some(names)}"


def _some(names: Sequence[str]) -> str:
    first = ", ".join(map(printable, names[:_SHOWN]))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{number(len(names), 'field')} ({first}{more})"


def diff(adoption: Adoption) -> Iterable[Line]:
    """What would be written, as `git diff` shows it."""
    return (
        line for file in adoption.all_files for line in file_diff.lines(file.before, file.after)
    )

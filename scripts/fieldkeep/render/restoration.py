"""A restore, before it is written and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.journal.journal import Journal
from fieldkeep.core.plan.plan import Action
from fieldkeep.core.restore.restore import Restoration
from fieldkeep.render import changes
from fieldkeep.render.counts import BEFORE
from fieldkeep.render.layout import apart, titled
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.words import commit_name

_MOST_NAMES: Final = 10


def preview(restoration: Restoration, where: str, screen: Screen) -> str:
    """What a restore would change ``where``, and what the next sync would make of it."""
    if not restoration.puts_something_back:
        nothing = line(("it is live already: there is nothing to put back", Style.GOOD))
        return draw(screen, [_title(restoration, where), nothing])
    groups = [
        [_title(restoration, where)],
        *_changes(restoration, screen),
        titled("warnings", restoration.warnings(), Style.WARNING),
        _afterwards(restoration),
        _counts(restoration),
    ]
    return draw(screen, apart(groups))


def _title(restoration: Restoration, where: str) -> Line:
    backup = restoration.backup
    serial = f"serial {backup.serial}, " if backup.ours else ""
    fields = number(len(backup.document.fields), "field")
    return line(
        (f"backup of {backup.timestamp}", Style.HEADING),
        f" ({backup.text('reason') or 'no reason given'}), {serial}{fields},"
        f" {commit_name(backup.text('commit'))}, for {where}",
    )


def _changes(restoration: Restoration, screen: Screen) -> Iterator[Iterable[Line]]:
    whole: dict[Action, list[Line]] = {Action.CREATE: [], Action.DELETE: []}
    updated = []
    for name, places in restoration.changes.items():
        action = restoration.action(name)
        if action is Action.UPDATE:
            head = line(changes.MARKS[action], (name, Style.UPDATE))
            updated.append([head, *changes.difference_rows(places, screen)])
        else:
            gone = action is Action.DELETE
            known = {place.place: place.old if gone else place.new for place in places}
            whole[action].append(changes.one_line(action, name, known))
    yield whole[Action.CREATE]
    yield from updated
    yield whole[Action.DELETE]
    if restoration.around:
        head = line(changes.MARKS[Action.UPDATE], "the document around its fields")
        yield [head, *changes.difference_rows(restoration.around, screen)]


def _counts(restoration: Restoration) -> Iterator[Line]:
    of = Counter(map(restoration.action, restoration.changes))
    parts = [f"{of[action]} {BEFORE.actions[action]}" for action in Action]
    total = len(restoration.target.document.fields)
    unchanged = total - of[Action.CREATE] - of[Action.UPDATE]
    yield line((f"{number(total, 'field')}: {unchanged} {BEFORE.unchanged}", Style.MUTED))
    yield line((f"Restore: {', '.join(parts)}", Style.HEADING))


def _afterwards(restoration: Restoration) -> Iterator[Line]:
    """What the next sync would undo, and the hold that stops it."""
    undone = restoration.reverted_by_next_sync
    if undone:
        names = first_few(undone, _MOST_NAMES)
        if not restoration.knows_field_files:
            names += ", if git still says what it said at the last apply"
        yield line(
            ("the next sync would undo it", Style.WARNING),
            f" for {names}: change the field files before it runs",
        )
    elif restoration.knows_field_files:
        yield line("the field files say the same of every customization: the next sync undoes none")
    else:
        yield line("there are no field files here to tell what the next sync would undo")
    if restoration.hold_until:
        until = rfc3339(restoration.hold_until)
        yield line(f"a hold stops syncs until {until}; `fieldkeep release` ends it")
    elif restoration.current_hold:
        yield line(f"{restoration.current_hold}; that hold stays as it is")


def restored(
    restoration: Restoration, journal: Journal, title: str, where: str, screen: Screen
) -> str:
    hold = f"; on hold until {rfc3339(restoration.hold_until)}" if restoration.hold_until else ""
    fields = number(len(restoration.changes), "field")
    if restoration.around:
        fields += " and the document around them"
    done = [line(("restored: ", Style.GOOD), f"{fields} from {title}, to {where}{hold}")]
    if journal.replaces:
        done.append(
            line(f"its backup is number 0, and replaces an equal one of {journal.replaces}")
        )
    return draw(screen, done)

"""A restore, before it is written and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.plan.plan import Action
from fieldkeep.core.restore.restore import Restoration
from fieldkeep.render.counts import BEFORE
from fieldkeep.render.differences import difference_lines
from fieldkeep.render.words import commit_name, printable

_MOST_NAMES: Final = 10
_HEADINGS: Final = {
    Action.CREATE: "to put back",
    Action.UPDATE: "to put back",
    Action.DELETE: "to delete",
}


def preview(restoration: Restoration, where: str) -> str:
    """What a restore would change ``where``, and what the next sync would make of it."""
    backup, changes = restoration.backup, restoration.changes
    commit = commit_name(backup.text("commit"))
    fields = number(len(backup.document.fields), "field")
    reason = printable(backup.text("reason") or "no reason given")
    serial = f"serial {backup.serial}, " if backup.ours else ""
    about = f"({reason}), {serial}{fields}, {commit}, for {where}"
    lines = [f"backup of {printable(backup.timestamp)} {about}"]
    if not restoration.puts_something_back:
        return "\n".join([*lines, "it is what is live: nothing to put back"])
    for name, places in changes.items():
        lines.append(f"{_HEADINGS[restoration.action(name)]}: {printable(name)}")
        lines += difference_lines(places)
    if restoration.around:
        lines += ["to put back: the document around its fields"]
        lines += difference_lines(restoration.around)
    lines.append(_counts(restoration))
    lines += [f"warning: {printable(warning)}" for warning in restoration.warnings()]
    lines += _afterwards(restoration)
    return "\n".join(lines)


def _counts(restoration: Restoration) -> str:
    of = Counter(map(restoration.action, restoration.changes))
    parts = [f"{of[action]} {BEFORE.actions[action]}" for action in Action]
    total = len(restoration.target.document.fields)
    unchanged = total - of[Action.CREATE] - of[Action.UPDATE]
    return f"{number(total, 'field')}: {', '.join(parts)}, {unchanged} unchanged"


def _afterwards(restoration: Restoration) -> Iterator[str]:
    """What the next sync would undo, and the hold that stops it."""
    undone = restoration.reverted_by_next_sync
    if undone:
        names = first_few([*map(printable, undone)], _MOST_NAMES)
        if not restoration.knows_field_files:
            names += ", if git still says what it said at the last apply"
        yield f"the next sync would undo it for {names}: change the field files before it runs"
    elif restoration.knows_field_files:
        yield "the field files say the same of every customization: the next sync undoes none"
    else:
        yield "there are no field files here to tell what the next sync would undo"
    if restoration.hold_until:
        until = rfc3339(restoration.hold_until)
        yield f"a hold stops syncs until {until}; `fieldkeep release` ends it"
    elif restoration.current_hold:
        yield f"{printable(str(restoration.current_hold))}; that hold stays as it is"


def restored(restoration: Restoration, title: str, where: str) -> str:
    hold = f"; on hold until {rfc3339(restoration.hold_until)}" if restoration.hold_until else ""
    fields = number(len(restoration.changes), "field")
    if restoration.around:
        fields += " and the document around them"
    return f"restored: {fields} from {printable(title)}, to {where}{hold}"

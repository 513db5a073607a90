"""How the store stands: status, history, a restore's preview, and a sync's summary."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.journal.journal import Journal, Scope
from fieldkeep.core.plan.edits import kept_edits, overruled_edits
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.plan.plan import Action
from fieldkeep.core.restore.restore import Restoration
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.record import Record
from fieldkeep.model import Extracted, Reading, Skipped
from fieldkeep.render import markdown, plans
from fieldkeep.render.counts import AFTER, BEFORE, counts
from fieldkeep.render.steps import fields_that_keep
from fieldkeep.render.words import printable, value

_MOST_UNDONE: Final = 10

# --------------------------------------------------------------------------- status


def status_text(found: Evaluation, url: str) -> str:
    keys, record = found.snapshot.keys, found.stored.record
    lines = ["in sync" if not found.plan.pending else "not in sync"]
    lines += list(plans.drift_lines(found.plan.drift))
    lines += _edited(found)
    if found.plan.status_changes:
        lines.append(plans.STATUS_CHANGES)
    if found.plan.head_changes:
        lines.append(plans.HEAD_CHANGES)
    lines += [f"warning: {printable(warning)}" for warning in found.plan.warnings]
    lines += [f"note: {printable(note)}" for note in found.plan.notes]
    lines.append(counts(found.plan, BEFORE))
    if isinstance(record, Record):
        at, by = record.applied.get("at", "never"), record.text("actor") or "unknown"
        commit = _commit(record.text("commit"))
        dirty = ", with uncommitted changes" if record.raw.get("dirty") is True else ""
        lines.append(
            f"last apply: {printable(str(at))} by {printable(by)}; fields of {commit}{dirty}"
        )
    else:
        lines.append("last apply: never")
    if hold := found.hold:
        lines.append(printable(str(hold)))
    lines.append(f"backups: {len(found.stored.history.entries)}")
    lines.append(f"store: {url}, key {keys.document}; document {plans.headroom(found.plan)}")
    return "\n".join(lines)


def _commit(commit: str | None) -> str:
    return f"commit {printable(commit[:12])}" if commit else "no commit"


def status_json(found: Evaluation, url: str) -> str:
    record = found.stored.record if isinstance(found.stored.record, Record) else None
    applied = record.applied if record else {}
    data: dict[str, Any] = {
        "schema": 1,
        "in_sync": not found.plan.pending,
        "drift": [entry.to_json() for entry in found.plan.drift],
        "commit": record.text("commit") if record else None,
        "dirty": record.raw.get("dirty") if record else None,
        "last_apply": {
            "commit": applied.get("commit"),
            "at": applied.get("at"),
            "actor": record.text("actor") if record else None,
        }
        if record
        else None,
        "hold": hold_data(found.hold),
        "backups": len(found.stored.history.entries),
        "store": {
            "url": url,
            "key": found.snapshot.keys.document,
            **(found.plan.store.to_json() if found.plan.store else {}),
        },
    }
    return json.dumps(data, indent=2)


def hold_data(hold: Hold | None) -> dict[str, str | None] | None:
    """``until`` is '' for a hold whose value cannot be read: it does not end by itself."""
    if hold is None:
        return None
    return {
        "until": hold.until,
        "reason": hold.reason,
        "actor": hold.actor,
        "at": hold.at or None,
        "by": hold.by or None,
    }


def status_markdown(found: Evaluation, url: str) -> str:
    verdict, *lines = status_text(found, url).splitlines()
    title = found.snapshot.keys.document
    head = f"<h3>{markdown.code(title)} is {verdict}</h3>"
    return f"{head}\n\n{markdown.block(chr(10).join(lines))}\n"


STATUS = {"text": status_text, "json": status_json, "markdown": status_markdown}

# --------------------------------------------------------------------------- restore


def preview(found: Restoration, where: str) -> str:
    """What a restore would change ``where``, with its numbers, and what would become of it."""
    backup = found.backup
    commit = _commit(backup.text("commit"))
    fields = number(len(backup.document.fields), "field")
    reason = printable(backup.text("reason") or "no reason given")
    lines = [f"backup of {printable(backup.timestamp)} ({reason}), {fields}, {commit}, for {where}"]
    if not found.changes:
        return "\n".join([*lines, "it is what is live: nothing to put back"])
    for name, changes in found.changes.items():
        lines.append(f"{_RESTORED[found.action(name)]}: {printable(name)}")
        lines += [f"    {printable(c.place)}: {value(c.old)} -> {value(c.new)}" for c in changes]
    of = Counter(found.action(name) for name in found.changes)
    parts = [f"{of[action]} {BEFORE.actions[action]}" for action in Action]
    total = len(found.target.document.fields)
    unchanged = total - of[Action.CREATE] - of[Action.UPDATE]
    lines.append(f"{number(total, 'field')}: {', '.join(parts)}, {unchanged} unchanged")
    lines += [f"warning: {printable(warning)}" for warning in found.warnings()]
    lines += _afterwards(found)
    return "\n".join(lines)


def restored(found: Restoration, title: str, where: str) -> str:
    hold = f"; on hold until {rfc3339(found.hold_until)}" if found.hold_until else ""
    fields = number(len(found.changes), "field")
    return f"restored: {fields} from {printable(title)}, to {where}{hold}"


_RESTORED: Final = {
    Action.CREATE: "to put back",
    Action.UPDATE: "to put back",
    Action.DELETE: "to delete",
}


def _afterwards(found: Restoration) -> Iterator[str]:
    """What the next sync would undo, and what keeps it from that."""
    named = first_few([*map(printable, found.reverted_by_next_sync)], _MOST_UNDONE)
    if found.reverted_by_next_sync:
        how = (
            "" if found.knows_field_files else ", if git still says what it said at the last apply"
        )
        yield f"the next sync would undo it for {named}{how}: change the field files before it runs"
    elif found.knows_field_files:
        yield "the field files say the same of every customization: the next sync undoes none"
    else:
        yield "there are no field files here to tell what the next sync would undo"
    if found.hold_until:
        yield f"a hold stops syncs until {rfc3339(found.hold_until)}; `fieldkeep release` ends it"
    elif found.current_hold:
        yield f"{printable(str(found.current_hold))}; that hold stays as it is"


# --------------------------------------------------------------------------- sync


@dataclass(frozen=True, slots=True)
class Setting:
    """What a summary names besides the result: the store, the sources, and how the program is
    called from where the user stands."""

    url: str
    readings: Sequence[Reading]
    program: str


def applied(found: Evaluation, journal: Journal, setting: Setting) -> str:
    """What one apply did, past tense, ending in a summary for somebody who sees it first."""
    plan = found.plan
    lines = [*plans.changes(plan, AFTER)]
    lines += _edited(found)
    lines += [
        f"overruled: {printable(edit.field)}.{printable(edit.attribute)} was {value(edit.old)}"
        f" in the store, git says {value(edit.new)}; the edit is in the history"
        for edit in overruled_edits(found.merged)
    ]
    lines += [f"warning: {printable(warning)}" for warning in plan.warnings]
    if not plan.changes:
        lines.append(_quiet_change(found))
    backup = journal.entries[0]["backup_timestamp"] if journal.entries else _newest(found)
    return "\n".join([*lines, "", *_summary(found, setting, backup, journal.depth)])


def _edited(found: Evaluation) -> list[str]:
    """Git is silent on these, so live stays; the user may know better."""
    return [
        f"edited in the store: {printable(edit.field)}.{printable(edit.attribute)} was"
        f" {value(edit.old)}, is {value(edit.new)}; git is silent on it, and the old value is in"
        " the history"
        for edit in kept_edits(found.merged)
    ]


def _quiet_change(found: Evaluation) -> str:
    """What was written although no field changed."""
    if backup := found.stored.restored_from:
        return f"put back: the document, from the backup of {printable(backup.timestamp)}"
    match found.scope:
        case Scope.CAPTURE:
            return "kept: what is live is now in the history too"
        case Scope.STATUS:
            return "updated: how the sources answered"
        case Scope.RECORD:
            return "updated: our own record of what was applied"
        case _:
            return "updated: the document's own attributes, none of its fields"


def unchanged(found: Evaluation, setting: Setting) -> str:
    lines = [f"warning: {printable(warning)}" for warning in found.plan.warnings]
    depth = len(found.stored.history.entries)
    return "\n".join(
        [
            "in sync: nothing to write",
            *lines,
            "",
            *_summary(found, setting, _newest(found), depth),
        ]
    )


def _newest(found: Evaluation) -> str:
    newest = found.stored.history.newest
    return newest.timestamp if newest else "none"


def _summary(found: Evaluation, setting: Setting, backup: str, depth: int) -> list[str]:
    plan, readings = found.plan, setting.readings
    read = [reading.source for reading in readings if isinstance(reading, Extracted)]
    failed = [reading.source for reading in readings if isinstance(reading, Skipped)]
    sources = f"{len(read)} of {len(readings)} read" + (f" ({', '.join(read)})" if read else "")
    if failed:
        sources += f"; not read: {', '.join(failed)}, whose last known labels stay"
    return [
        f"fields          {counts(plan, AFTER)}",
        f"customizations  {fields_that_keep(len(found.merged.preserved))} own",
        f"orphans         {', '.join(map(printable, plan.orphans)) or 'none'}",
        f"sources         {printable(sources)}",
        f"backup          {printable(backup)} ({depth} of {found.target.depth} in the history)",
        f"store           {setting.url}, key {found.snapshot.keys.document}",
        f"next            edit a file in fields/, see `{setting.program} plan`, and sync again;",
        f"                `{setting.program} get NAME --explain` tells where each value comes from",
    ]

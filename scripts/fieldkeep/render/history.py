"""The backups: the list, one of them, the differences of two, and what verify finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.words import number
from fieldkeep.core.document.difference import Difference
from fieldkeep.core.plan.plan import Action
from fieldkeep.core.restore.timeline import Changed, changes
from fieldkeep.core.restore.versions import Version, action
from fieldkeep.core.stored.backups import Backup, Damaged, Entry
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.verify import Finding
from fieldkeep.model import Json
from fieldkeep.render import set_aside, timeline
from fieldkeep.render.changes import MARKS, difference_rows
from fieldkeep.render.fields import field_lines
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.status import hold_data
from fieldkeep.render.tables import Column, table_lines
from fieldkeep.render.words import size


@dataclass(frozen=True, slots=True)
class Shown:
    """What the list tells of, at which time."""

    entries: Sequence[Entry]
    aside: Sequence[SetAside]
    hold: Hold | None
    now: datetime


_COLUMNS: Final = (
    Column("", right=True),
    Column("time"),
    Column("reason"),
    Column("changes"),
    Column("commit"),
    Column("actor"),
    Column("fields", right=True),
    Column("size", right=True),
)


def list_text(shown: Shown, screen: Screen, *, wide: bool = False) -> str:
    """A timeline on a terminal, a table in a pipe."""
    lines = [line((str(shown.hold), Style.WARNING))] if shown.hold else []
    if not shown.entries:
        lines.append(line("no backup yet: the first sync makes one"))
    elif screen.width is None:
        rows = map(_row, range(len(shown.entries)), shown.entries, changes(shown.entries))
        lines += table_lines(_COLUMNS, rows, screen)
    else:
        lines += timeline.timeline(shown.entries, shown.now, screen, wide=wide)
    return "\n".join([draw(screen, lines), *set_aside.list_text(shown.aside, screen)])


def _row(index: int, entry: Entry, changed: Changed | None) -> tuple[str, ...]:
    bytes_ = size(len(canonical.dumps(entry.raw)))
    match entry:
        case Damaged(_, reason):
            return (str(index), "", f"damaged: {reason}", "", "", "", "", bytes_)
        case Backup():
            return (
                str(index),
                entry.timestamp,
                timeline.reason(entry),
                timeline.summary(changed),
                timeline.commit(entry).removeprefix("commit "),
                entry.text("actor") or "",
                str(len(entry.document.fields)),
                bytes_,
            )


def list_json(shown: Shown, _screen: Screen, *, wide: bool = False) -> str:
    _ = wide
    backups = [_data(index, entry) for index, entry in enumerate(shown.entries)]
    aside = set_aside.list_data(shown.aside)
    return json_text(backups=backups, set_aside=aside, hold=hold_data(shown.hold))


def _data(index: int, entry: Entry) -> dict[str, Any]:
    raw = entry.raw if isinstance(entry.raw, dict) else {}

    def text(name: str) -> Json:
        return raw[name] if isinstance(raw.get(name), str) else None

    fields = len(entry.document.fields) if isinstance(entry, Backup) else None
    return {
        "index": index,
        "timestamp": text("backup_timestamp"),
        "reason": text("reason"),
        "commit": text("commit"),
        "actor": text("actor"),
        "total_fields": fields,
        "bytes": len(canonical.dumps(entry.raw)),
        "checksum": text("checksum"),
        "foreign": isinstance(entry, Backup) and not entry.ours,
        "damaged": entry.reason if isinstance(entry, Damaged) else None,
    }


LIST = {"text": list_text, "json": list_json}


# --------------------------------------------------------------------------- one of them


def show_text(version: Version, screen: Screen) -> str:
    """What an entry says of itself, then its fields."""
    about = [
        line((f"{name}: ", Style.MUTED), str(text)) for name, text in version.about.items() if text
    ]
    head = [line((version.title, Style.HEADING)), *about, line()]
    return draw(screen, [*head, *field_lines(version.document, screen)])


def show_json(version: Version, _screen: Screen) -> str:
    return json_text(index=version.index, **version.about, document=version.document.raw)


SHOW = {"text": show_text, "json": show_json}

# --------------------------------------------------------------------------- two of them

Differences = Mapping[str, tuple[Difference, ...]]


def diff_text(
    old: Version,
    new: Version,
    changes: Differences,
    around: Sequence[Difference],
    screen: Screen,
) -> str:
    lines = [line("from ", (old.title, Style.HEADING)), line("to   ", (new.title, Style.HEADING))]
    for name, differences in changes.items():
        mark, style = MARKS[Action(action(old, new, name))]
        lines += [line((mark, style), (name, style)), *difference_rows(differences, screen)]
    if around:
        lines.append(line("the document around its fields"))
        lines += difference_rows(around, screen)
    return draw(screen, lines if changes or around else [*lines, line("no difference")])


def diff_json(
    old: Version,
    new: Version,
    changes: Differences,
    around: Sequence[Difference],
    _screen: Screen,
) -> str:
    fields = [
        {"field": name, "action": action(old, new, name), "attributes": _places(differences)}
        for name, differences in changes.items()
    ]
    return json_text(**{"from": old.index}, to=new.index, changes=fields, document=_places(around))


def _places(differences: Sequence[Difference]) -> list[dict[str, Json]]:
    return [{"name": d.place, "old": d.old, "new": d.new} for d in differences]


DIFF = {"text": diff_text, "json": diff_json}

# --------------------------------------------------------------------------- integrity


def verify_text(entries: Sequence[Entry], findings: Sequence[Finding], screen: Screen) -> str:
    wrong = [finding for finding in findings if not finding.note]
    checked = f"{number(len(entries), 'backup')}, record and document checked: "
    verdict = (number(len(wrong), "finding"), Style.ERROR) if wrong else ("no findings", Style.GOOD)
    return draw(screen, [*map(_finding, findings), line(checked, verdict)])


def _finding(finding: Finding) -> Line:
    kind = ("note", Style.MUTED) if finding.note else ("finding", Style.ERROR)
    entry = "" if finding.entry is None else f"entry {finding.entry}: "
    return line(kind, f": {entry}{finding.message}", (f" [{finding.check}]", Style.MUTED))


def verify_json(entries: Sequence[Entry], findings: Sequence[Finding], _screen: Screen) -> str:
    def data(note: bool) -> list[dict[str, Any]]:
        return [
            {"check": f.check, "entry": f.entry, "message": f.message}
            for f in findings
            if f.note is note
        ]

    wrong = data(note=False)
    return json_text(ok=not wrong, backups=len(entries), findings=wrong, notes=data(note=True))


VERIFY = {"text": verify_text, "json": verify_json}

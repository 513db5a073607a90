"""The backups: the list, one of them, the differences of two, and what verify finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fieldkeep.core.common import canonical
from fieldkeep.core.common.words import number
from fieldkeep.core.document.difference import Difference
from fieldkeep.core.restore.versions import Version, action
from fieldkeep.core.stored.backups import Backup, Damaged, Entry
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.verify import Finding
from fieldkeep.model import Json
from fieldkeep.render import set_aside
from fieldkeep.render.differences import difference_lines
from fieldkeep.render.fields import LIST as FIELDS
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Screen
from fieldkeep.render.status import hold_data
from fieldkeep.render.tables import table
from fieldkeep.render.words import printable, size


def list_text(
    entries: Sequence[Entry], aside: Sequence[SetAside], hold: Hold | None, screen: Screen
) -> str:
    on_hold = [printable(str(hold))] if hold else []
    below = set_aside.list_text(aside, screen)
    rows = [_row(index, entry) for index, entry in enumerate(entries)]
    if not rows:
        return "\n".join([*on_hold, "no backup yet: the first sync makes one", *below])
    head = ("", "time", "reason", "commit", "actor", "fields", "size")
    return "\n".join([*on_hold, table(head, rows, screen, right=(0, 5, 6)), *below])


def _row(index: int, entry: Entry) -> tuple[str, ...]:
    match entry:
        case Damaged(raw, reason):
            bytes_ = len(canonical.dumps(raw))
            return (str(index), "", f"damaged: {reason}", "", "", "", size(bytes_))
        case Backup():
            reason = entry.text("reason") or ""
            return (
                str(index),
                entry.timestamp,
                reason if entry.ours else f"{reason} (another writer's)".strip(),
                (entry.text("commit") or "")[:12],
                entry.text("actor") or "",
                str(len(entry.document.fields)),
                size(len(canonical.dumps(entry.raw))),
            )


def list_json(
    entries: Sequence[Entry], aside: Sequence[SetAside], hold: Hold | None, _screen: Screen
) -> str:
    backups = [_data(index, entry) for index, entry in enumerate(entries)]
    return json_text(backups=backups, set_aside=set_aside.list_data(aside), hold=hold_data(hold))


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
    about = [f"{name}: {printable(str(text))}" for name, text in version.about.items() if text]
    fields = FIELDS["text"](version.document, screen)
    return "\n".join([printable(version.title), *about, "", fields])


def show_json(version: Version, _screen: Screen) -> str:
    return json_text(index=version.index, **version.about, document=version.document.raw)


SHOW = {"text": show_text, "json": show_json}

# --------------------------------------------------------------------------- two of them

Differences = Mapping[str, tuple[Difference, ...]]


def diff_text(
    old: Version, new: Version, changes: Differences, around: Sequence[Difference]
) -> str:
    lines = [f"from {printable(old.title)}", f"to   {printable(new.title)}"]
    for name, differences in changes.items():
        lines.append(f"{action(old, new, name)}: {printable(name)}")
        lines += difference_lines(differences)
    if around:
        lines += ["update: the document around its fields", *difference_lines(around)]
    return "\n".join(lines if changes or around else [*lines, "no difference"])


def diff_json(
    old: Version, new: Version, changes: Differences, around: Sequence[Difference]
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


def verify_text(entries: Sequence[Entry], findings: Sequence[Finding]) -> str:
    wrong = [finding for finding in findings if not finding.note]
    checked = f"{number(len(entries), 'backup')}, record and document checked"
    verdict = number(len(wrong), "finding") if wrong else "no findings"
    return "\n".join([*map(_finding, findings), f"{checked}: {verdict}"])


def _finding(finding: Finding) -> str:
    kind = "note" if finding.note else "finding"
    entry = "" if finding.entry is None else f"entry {finding.entry}: "
    return f"{kind}: {entry}{printable(finding.message)} [{finding.check}]"


def verify_json(entries: Sequence[Entry], findings: Sequence[Finding]) -> str:
    def data(note: bool) -> list[dict[str, Any]]:
        return [
            {"check": f.check, "entry": f.entry, "message": f.message}
            for f in findings
            if f.note is note
        ]

    wrong = data(note=False)
    return json_text(ok=not wrong, backups=len(entries), findings=wrong, notes=data(note=True))


VERIFY = {"text": verify_text, "json": verify_json}

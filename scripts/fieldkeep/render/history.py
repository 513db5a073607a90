"""The backups: the list, one of them, what lies between two, and whether they are whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fieldkeep.core.common import canonical
from fieldkeep.core.common.words import number
from fieldkeep.core.document.difference import Difference
from fieldkeep.core.restore.versions import Version, action
from fieldkeep.core.stored.backups import Backup, Damaged, Entry
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.verify import Finding
from fieldkeep.model import Json
from fieldkeep.render.fields import LIST as FIELDS
from fieldkeep.render.state import hold_data
from fieldkeep.render.tables import table
from fieldkeep.render.words import printable, size, value


def list_text(entries: Sequence[Entry], hold: Hold | None, width: int) -> str:
    on_hold = [printable(str(hold))] if hold else []
    rows = [_row(index, entry) for index, entry in enumerate(entries)]
    if not rows:
        return "\n".join([*on_hold, "no backup yet: the first sync makes one"])
    head = ("", "time", "reason", "commit", "actor", "fields", "size")
    return "\n".join([*on_hold, table(head, rows, width, right=(0, 5, 6))])


def _row(index: int, entry: Entry) -> tuple[str, ...]:
    match entry:
        case Damaged(raw, reason):
            return (
                str(index),
                "",
                f"damaged: {reason}",
                "",
                "",
                "",
                size(len(canonical.dumps(raw))),
            )
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


def list_json(entries: Sequence[Entry], hold: Hold | None, width: int) -> str:
    _ = width
    listed = [_data(index, entry) for index, entry in enumerate(entries)]
    return json.dumps({"schema": 1, "backups": listed, "hold": hold_data(hold)}, indent=2)


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


def show_text(found: Version, width: int) -> str:
    """What an entry says of itself, then its fields."""
    lines = [f"{name}: {printable(str(said))}" for name, said in found.about.items() if said]
    return "\n".join([printable(found.title), *lines, "", FIELDS["text"](found.document, width)])


def show_json(found: Version, width: int) -> str:
    _ = width
    data = {"schema": 1, "index": found.index, **found.about, "document": found.document.raw}
    return json.dumps(data, indent=2)


SHOW = {"text": show_text, "json": show_json}

# --------------------------------------------------------------------------- two of them

Differences = Mapping[str, tuple[Difference, ...]]


def diff_text(old: Version, new: Version, changes: Differences) -> str:
    lines = [f"from {printable(old.title)}", f"to   {printable(new.title)}"]
    for name, listed in changes.items():
        lines.append(f"{action(old, new, name)}: {printable(name)}")
        lines += [f"    {printable(d.place)}: {value(d.old)} -> {value(d.new)}" for d in listed]
    return "\n".join(lines if changes else [*lines, "no difference in their fields"])


def diff_json(old: Version, new: Version, changes: Differences) -> str:
    listed = [
        {
            "field": name,
            "action": action(old, new, name),
            "attributes": [{"name": d.place, "old": d.old, "new": d.new} for d in found],
        }
        for name, found in changes.items()
    ]
    data = {"schema": 1, "from": old.index, "to": new.index, "changes": listed}
    return json.dumps(data, indent=2)


DIFF = {"text": diff_text, "json": diff_json}

# --------------------------------------------------------------------------- integrity


def verify_text(entries: Sequence[Entry], findings: Sequence[Finding]) -> str:
    wrong = [finding for finding in findings if not finding.note]
    head = f"{number(len(entries), 'backup')}, record and document checked"
    end = number(len(wrong), "finding") if wrong else "no findings"
    return "\n".join([*_findings(findings), f"{head}: {end}"])


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        kind = "note" if finding.note else "finding"
        entry = "" if finding.entry is None else f"entry {finding.entry}: "
        yield f"{kind}: {entry}{printable(finding.message)} [{finding.check}]"


def verify_json(entries: Sequence[Entry], findings: Sequence[Finding]) -> str:
    def data(note: bool) -> list[dict[str, Any]]:
        return [
            {"check": f.check, "entry": f.entry, "message": f.message}
            for f in findings
            if f.note is note
        ]

    found = {"backups": len(entries), "findings": data(note=False), "notes": data(note=True)}
    return json.dumps({"schema": 1, "ok": not found["findings"], **found}, indent=2)


VERIFY = {"text": verify_text, "json": verify_json}

"""Everything that the store holds of one document, for a file outside of it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.backups import plain, rfc3339
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Json, Present

Form = Callable[[Snapshot, StoreState, str, datetime], Json]


def as_json(snapshot: Snapshot, stored: StoreState, url: str, now: datetime) -> Json:
    """Document, backups and record, decoded and unpacked; a damaged value is null."""
    history = stored.history
    return {
        "schema": 1,
        "store": url,
        "key": snapshot.keys.document,
        "exported_at": rfc3339(now),
        "document": stored.document.raw if isinstance(stored.document, Document) else None,
        "backups": [plain(entry) for entry in (*history.unconfirmed, *history.entries)],
        "record": stored.record.raw if isinstance(stored.record, Record) else None,
    }


def as_consul(snapshot: Snapshot, stored: StoreState, url: str, now: datetime) -> Json:
    """What `consul kv import` takes: the values byte for byte. A hold is of the day, no history."""
    _ = stored, url, now
    keys = snapshot.keys
    listed = (keys.document, keys.backup, keys.history, keys.record)
    found = {key: snapshot[key] for key in listed}
    return [
        {"key": key, "flags": live.flags, "value": base64.b64encode(live.value).decode("ascii")}
        for key, live in found.items()
        if isinstance(live, Present)
    ]


FORMS: Final[Mapping[str, Form]] = {"json": as_json, "consul": as_consul}


def encode(value: Json) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def file_name(entry: Mapping[str, Json]) -> str:
    """Of a copy of one backup: they sort by time, and by serial where the clock stood still."""
    stamp = str(entry["backup_timestamp"]).replace(":", "-")
    return f"{stamp}-{entry['serial']:06d}.json"

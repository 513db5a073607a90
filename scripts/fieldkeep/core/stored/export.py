"""Exports all that the store holds of one document to a file."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.backups import unpacked
from fieldkeep.core.stored.record import Record, UnknownRecord
from fieldkeep.core.stored.set_aside import decode_all
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Json, Present

Format = Callable[[Snapshot, StoreState, str, datetime], Json]


def as_json(snapshot: Snapshot, stored: StoreState, url: str, now: datetime) -> Json:
    """Document, backups and record, decoded and unpacked; a damaged value is null. What was set
    aside is as it is stored."""
    history, keys, record = stored.history, snapshot.keys, stored.record
    return {
        "schema": 1,
        "store": url,
        "key": keys.document,
        "exported_at": rfc3339(now),
        "document": stored.document.raw if isinstance(stored.document, Document) else None,
        "backups": [unpacked(entry) for entry in (*history.unconfirmed, *history.entries)],
        "record": record.raw if isinstance(record, Record | UnknownRecord) else None,
        "set_aside": [entry.to_json() for entry in decode_all(keys, snapshot.values)],
    }


def as_consul(snapshot: Snapshot, stored: StoreState, url: str, now: datetime) -> Json:
    """Input of `consul kv import`, the values byte for byte. A hold is temporary and left out."""
    _ = stored, url, now
    keys = snapshot.keys
    values_of_ours = (keys.document, keys.backup, keys.history, keys.record)
    return [
        {"key": key, "flags": live.flags, "value": base64.b64encode(live.value).decode("ascii")}
        for key in (*values_of_ours, *map(keys.aside, (*values_of_ours, keys.hold)))
        if isinstance(live := snapshot.values.get(key), Present)
    ]


FORMATS: Final[Mapping[str, Format]] = {"json": as_json, "consul": as_consul}


def encode(value: Json) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def file_name(entry: Mapping[str, Json]) -> str:
    """The name of the file for one backup. Names sort by time, then by serial."""
    timestamp = str(entry["backup_timestamp"]).replace(":", "-")
    return f"{timestamp}-{entry['serial']:06d}.json"

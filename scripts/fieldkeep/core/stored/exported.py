"""A file that holds what a store held, whichever program wrote it -> its document and backups."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.canonical import Allowance
from fieldkeep.core.document import document
from fieldkeep.core.document.document import Document, DocumentState, Missing
from fieldkeep.core.stored import backups
from fieldkeep.core.stored.backups import BackupHistory, Damaged, decode_history
from fieldkeep.core.stored.keys import BACKUP, CORRUPT, HISTORY, HOLD, RECORD, Keys
from fieldkeep.model import MAX_INPUT_BYTES, Absent, Json, Live, Present

_CONTENT: Final = ("fields", "fields_data", "fields_data_gz")
_SUFFIXES: Final = (HISTORY, BACKUP, RECORD, HOLD, "")


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """The document that was live when the file was written, and its backups, newest first."""

    state: DocumentState = field(default_factory=Missing)
    history: BackupHistory = field(default_factory=BackupHistory)

    @property
    def live(self) -> Document | None:
        return self.state if isinstance(self.state, Document) else None


def parse(content: bytes, key: str) -> ExportedFile:
    """A document, plain or wrapped; a backup; a list of backups; what `fieldkeep history export`
    wrote, in either form; or Consul's answer to a read. ``key`` tells which document is meant if
    there are several. Raises ValueError."""
    if len(content) > MAX_INPUT_BYTES:
        raise ValueError(f"larger than {MAX_INPUT_BYTES // 1024 // 1024} MiB")
    value = canonical.loads(content, strict=True)
    match value:
        case {"schema": 1, "backups": list(entries)}:
            return ExportedFile(document.parse(value.get("document")), _history(entries))
        case {"schema": _, "backups": _}:
            raise ValueError("an export of a version that we do not know")
        case [{"key": str(), "value": _} | {"Key": str(), "Value": _}, *_]:
            return _from_consul(value, key)
        case [*entries]:
            return ExportedFile(history=_history(entries))
        case (
            {"fields_data": _}
            | {"fields_data_gz": _}
            | {"data": {"fields_data": _} | {"fields_data_gz": _}, "meta": _}
        ):
            history = _history([value])
            match history.entries:
                case (Damaged(reason=reason),):
                    raise ValueError(f"a damaged backup: {reason}")
            return ExportedFile(history=history)
        case _:
            return ExportedFile(document.parse(value))


def without_wrappers(content: bytes) -> bytes:
    """The JSON inside all objects that only carry it as their ``data``; other bytes as they are."""
    try:
        value = canonical.loads(content)
    except ValueError:
        return content
    while isinstance(value, dict) and "data" in value and value.keys().isdisjoint(_CONTENT):
        value = value["data"]
    return canonical.dumps(value)


def _history(entries: list[Json]) -> BackupHistory:
    allowance = Allowance()
    return BackupHistory(tuple(backups.parse(entry, allowance) for entry in entries))


def _from_consul(items: list[Json], key: str) -> ExportedFile:
    """The entries that `consul kv export` writes, or that Consul answers a read with."""
    values: dict[str, Live] = {}
    for item in items:
        match item:
            case {"key": str(name), "value": str() | None as encoded} | {
                "Key": str(name),
                "Value": str() | None as encoded,
            }:  # null is Consul's word for an empty value
                try:
                    values[name] = Present(base64.b64decode(encoded or "", validate=True), 0, 0)
                except ValueError as error:
                    raise ValueError(f"the value of {name} is not base64") from error
            case _:
                raise ValueError("an entry has no key or no value")
    documents = {
        name.removesuffix(next(suffix for suffix in _SUFFIXES if name.endswith(suffix)))
        for name in values
        if not name.endswith(CORRUPT)
    }
    if key not in documents and len(documents) != 1:
        raise ValueError(
            f"it holds {len(documents)} documents, none of them {key}: choose with --key"
        )
    keys = Keys(key if key in documents else documents.pop())
    history = decode_history(values.get(keys.backup, Absent()), values.get(keys.history, Absent()))
    exported = ExportedFile(document.decode(values.get(keys.document, Absent())), history)
    if keys.document != key and exported.live is None and not history.entries:
        raise ValueError(f"a list without the key {key}; --key names another")
    return exported

"""A file that somebody kept outside of the store -> the backups that are in it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document import document
from fieldkeep.core.document.document import Document, DocumentState, substance
from fieldkeep.core.restore.restore import choose
from fieldkeep.core.stored import backups
from fieldkeep.core.stored.backups import Backup, BackupHistory, Damaged, decode_history
from fieldkeep.core.stored.keys import Keys
from fieldkeep.errors import InputError
from fieldkeep.model import MAX_INPUT_BYTES, Absent, Json, Live, Present, Source

_ENDS: Final = (".backup.history", ".backup", ".sync", ".hold", "")


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """The backups of a file, newest first, and the document that was live when it was written."""

    history: BackupHistory
    live: Document | None = None


def parse(source: Source, key: str) -> ExportedFile:
    """A document, plain or wrapped; a backup; a list of backups; or what `history export` wrote, in
    either form (``key`` tells which document is meant, if it holds several). Raises InputError."""
    if len(source.content) > MAX_INPUT_BYTES:
        raise _wrong(source, f"larger than {MAX_INPUT_BYTES // 1024 // 1024} MiB")
    try:
        value = canonical.loads(source.content, strict=True)
        found = _filed(value, key)
    except ValueError as error:
        raise _wrong(source, str(error)) from error
    if found.live is None and not found.history.entries:
        raise _wrong(source, "there is neither a document nor a backup in it")
    return found


def _wrong(source: Source, why: str) -> InputError:
    return InputError(
        f"{source.path}: {why}",
        "name a document, a backup, or a file that `fieldkeep history export` wrote",
    )


def pick(filed: ExportedFile, which: str | None) -> Backup:
    """The backup that is meant; without a word, the newest state in the file. Raises InputError."""
    if which is not None or filed.live is None:
        return choose(filed.history, which or "0")
    newest = next(iter(filed.history.entries), None)
    if isinstance(newest, Backup) and substance(newest.document) == substance(filed.live):
        return newest  # it knows what git owned
    return _plain(filed.live)


def _plain(found: Document) -> Backup:
    return Backup({"fields_data": found.raw}, found, ours=False, serial=0, owned={})


def _filed(value: Json, key: str) -> ExportedFile:
    match value:
        case {"schema": 1, "backups": list(listed)}:
            state = document.parse(value.get("document"))
            entries = tuple(map(backups.parse, listed))
            return ExportedFile(
                BackupHistory(entries), _whole(state) if value.get("document") else None
            )
        case {"schema": _, "backups": _}:
            raise ValueError("an export of a version that we do not know")
        case [{"key": str(), "value": _}, *_]:
            return _keys(value, key)
        case [*listed]:
            return ExportedFile(BackupHistory(tuple(map(backups.parse, listed))))
        case {"fields_data": _} | {"fields_data_gz": _}:
            return _entry(value)
        case {"data": {"fields_data": _} | {"fields_data_gz": _}, "meta": _}:
            return _entry(value)
        case _:
            return ExportedFile(BackupHistory(), _whole(document.parse(value)))


def _entry(value: Json) -> ExportedFile:
    match backups.parse(value):
        case Damaged(_, reason):
            raise ValueError(f"a damaged backup: {reason}")
        case Backup() as entry:
            return ExportedFile(BackupHistory((entry,)))


def _whole(state: DocumentState) -> Document:
    """A document of which nothing would be left out. Raises ValueError."""
    match state:
        case Document(damaged=()):
            return state
        case Document(damaged=damaged):
            raise ValueError(f"a damaged document: {'; '.join(damaged[:3])}")
        case document.Corrupt(reason):
            raise ValueError(f"no document: {reason}")
        case _:
            raise ValueError("a document without fields")


def _keys(listed: Json, key: str) -> ExportedFile:
    """The form of `consul kv export`."""
    values: dict[str, Live] = {}
    for item in listed:
        match item:
            case {"key": str(name), "value": str(encoded)}:
                try:
                    values[name] = Present(base64.b64decode(encoded, validate=True), 0, 0)
                except (binascii.Error, ValueError) as error:
                    raise ValueError(f"the value of {name} is not base64") from error
            case _:
                raise ValueError("an entry has no key or no value")
    named = [name for name in values if not name.endswith(".corrupt")]
    bases = {name.removesuffix(next(e for e in _ENDS if name.endswith(e))) for name in named}
    if key not in bases and len(bases) != 1:
        raise ValueError(f"it holds {len(bases)} documents, none of them {key}: choose with --key")
    keys = Keys(key if key in bases else bases.pop())
    history = decode_history(values.get(keys.backup, Absent()), values.get(keys.history, Absent()))
    live = values.get(keys.document, Absent())
    return ExportedFile(
        history, None if isinstance(live, Absent) else _whole(document.decode(live))
    )

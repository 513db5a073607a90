"""Versions of the document, a backup's or the live one, by the words that people name them with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.document.difference import Difference, differences
from fieldkeep.core.document.document import Document, compare
from fieldkeep.core.restore.restore import choose
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import InputError
from fieldkeep.model import Json

LIVE: Final = "live"
_ABOUT: Final = ("backup_timestamp", "reason", "commit", "actor", "owner", "run", "checksum")


@dataclass(frozen=True, slots=True)
class Version:
    """``index`` is the number in the history, None for what is live; ``about`` is what the entry
    says of itself."""

    index: int | None
    title: str
    document: Document
    about: Mapping[str, Json]


def find(stored: StoreState, which: str) -> Version:
    """By number, time or commit, or ``live``. Raises InputError."""
    if which == LIVE:
        if not isinstance(stored.document, Document):
            raise InputError("there is no live document", "`fieldkeep status` tells why")
        return Version(None, "what is live", stored.document, {})
    return of(stored, choose(stored.history, which))


def of(stored: StoreState, backup: Backup) -> Version:
    index = next(n for n, entry in enumerate(stored.history.entries) if entry is backup)
    about: dict[str, Json] = {name.removeprefix("backup_"): backup.text(name) for name in _ABOUT}
    about |= {"serial": backup.serial if backup.ours else None}
    return Version(index, f"backup {index}, {backup.timestamp}", backup.document, about)


def between(old: Version, new: Version) -> dict[str, tuple[Difference, ...]]:
    """The fields that differ, each with every place."""
    return {
        name: differences(old.document.fields.get(name), new.document.fields.get(name))
        for name in compare(old.document, new.document).fields
    }


def action(old: Version, new: Version, name: str) -> str:
    if name not in old.document.fields:
        return "create"
    return "update" if name in new.document.fields else "delete"

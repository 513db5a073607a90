"""The keys of the store that belong to one document, and which names a key may have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fieldkeep.errors import UsageError
from fieldkeep.model import Absent, Live

# Consul folds '..' and '//' before it stores and newer servers refuse other characters: a key
# outside this set could end up somewhere else than where it is read.
_ALLOWED = re.compile(r"[A-Za-z0-9,_.-]+(?:/[A-Za-z0-9,_.-]+)*")


@dataclass(frozen=True, slots=True)
class Keys:
    """The document's key, and our own beside it."""

    document: str

    @property
    def backup(self) -> str:
        return self.document + ".backup"

    @property
    def history(self) -> str:
        return self.document + ".backup.history"

    @property
    def record(self) -> str:
        return self.document + ".sync"

    @property
    def hold(self) -> str:
        return self.document + ".hold"

    @staticmethod
    def aside(key: str) -> str:
        """Where a damaged value of a key is kept byte for byte."""
        return key + ".corrupt"

    @property
    def all(self) -> tuple[str, ...]:
        """In the order in which they are read: the record first, the document last."""
        return (self.record, self.hold, self.history, self.backup, self.document)


def keys(document: str) -> Keys:
    """Raises UsageError for a name that a store could fold into another."""
    parts = document.split("/")
    if not _ALLOWED.fullmatch(document) or any(set(part) == {"."} for part in parts):
        raise UsageError(
            f"the key '{document}' cannot be used",
            "use letters, digits and , _ . - in parts joined by single slashes, without . or ..",
        )
    return Keys(document)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The values of all keys as read; the ``.corrupt`` keys only where needed."""

    keys: Keys
    values: dict[str, Live]

    def __getitem__(self, key: str) -> Live:
        return self.values[key]

    def index(self, key: str) -> int:
        """The modify index to check against: 0 for a key that is not there."""
        live = self.values[key]
        return 0 if isinstance(live, Absent) else live.index

"""The keys that belong to one document, and the names that a key may have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fieldkeep.errors import UsageError

# What every release of Consul stores under the name that it is read by. Older ones fold '..' and
# '//' before they store. 1.21.5 takes [a-zA-Z0-9,_./?&=-] without '..', not even inside a part;
# 1.22 refuses a part '..' and outer spaces. https://github.com/hashicorp/consul/pull/22850
_ALLOWED = re.compile(r"[A-Za-z0-9,_.-]+(?:/[A-Za-z0-9,_.-]+)*")


BACKUP: Final = ".backup"
HISTORY: Final = ".backup.history"
RECORD: Final = ".sync"
HOLD: Final = ".hold"
CORRUPT: Final = ".corrupt"
_OURS: Final = (BACKUP, HISTORY, RECORD, HOLD, CORRUPT)


@dataclass(frozen=True, slots=True)
class Keys:
    """The document's key and our own keys, which add a suffix to it."""

    document: str

    @property
    def backup(self) -> str:
        return self.document + BACKUP

    @property
    def history(self) -> str:
        return self.document + HISTORY

    @property
    def record(self) -> str:
        return self.document + RECORD

    @property
    def hold(self) -> str:
        return self.document + HOLD

    @staticmethod
    def aside(key: str) -> str:
        """The key that keeps a damaged value of ``key`` byte for byte."""
        return key + CORRUPT

    @property
    def all(self) -> tuple[str, ...]:
        """In the order of reading: the record first, the document last."""
        return (self.record, self.hold, self.history, self.backup, self.document)


def keys(document: str) -> Keys:
    """The keys of a document. Raises UsageError for a name that a store could refuse or change."""
    dots = any(part == "." or ".." in part for part in document.split("/"))
    # our own keys go on with a dot
    if not _ALLOWED.fullmatch(document) or dots or document.endswith("."):
        raise UsageError(
            f"the key '{document}' cannot be used",
            "use letters, digits and , _ . - in parts joined by single slashes,"
            " without . as a part, without .. and without a dot at the end",
        )
    if document.endswith(_OURS):
        raise UsageError(
            f"the key '{document}' cannot be used: it is where we keep what belongs to a document",
            f"name the document's key; none may end in {', '.join(_OURS)}",
        )
    return Keys(document)

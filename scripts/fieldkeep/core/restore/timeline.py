"""What each backup changed, and when most was changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fieldkeep.core.common.times import parse_time
from fieldkeep.core.document.document import Document, compare
from fieldkeep.core.stored.backups import Backup, Entry


@dataclass(frozen=True, slots=True)
class Changed:
    """The names of the fields that one backup has otherwise than the one before it."""

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.created, *self.updated, *self.deleted)


def changes(entries: Sequence[Entry]) -> tuple[Changed | None, ...]:
    """Of each entry, newest first; None for a damaged one, and for one without a whole one before
    it."""
    found: list[Changed | None] = []
    before: Document | None = None
    for entry in reversed(entries):
        if not isinstance(entry, Backup):
            found.append(None)
            continue
        found.append(None if before is None else _changed(before, entry.document))
        before = entry.document
    return tuple(reversed(found))


def _changed(old: Document, new: Document) -> Changed:
    names = compare(old, new).fields
    both = old.fields.keys() & new.fields.keys()
    return Changed(
        tuple(name for name in names if name not in old.fields),
        tuple(name for name in names if name in both),
        tuple(name for name in names if name not in new.fields),
    )


def over_time(entries: Sequence[Entry], now: datetime, spans: int) -> tuple[int, ...]:
    """How many changes of a field lie in each of so many equal spans between the oldest backup and
    now; a backup without a known change counts as one. Empty without two different times."""
    times = [
        (moment, len(changed) if changed else 1)
        for entry, changed in zip(entries, changes(entries), strict=True)
        if isinstance(entry, Backup) and (moment := parse_time(entry.timestamp))
    ]
    start = min((moment for moment, _ in times), default=now)
    whole = (max([now, *(moment for moment, _ in times)]) - start).total_seconds()
    if not whole:
        return ()
    counts = [0] * spans
    for moment, count in times:
        at = int((moment - start).total_seconds() / whole * spans)
        counts[min(at, spans - 1)] += count
    return tuple(counts)

"""Versions of the document, live or in a backup: found by number, time or commit, and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fieldkeep.core.common.times import parse_time
from fieldkeep.core.common.words import numbers_there_are
from fieldkeep.core.document.difference import Difference, differences
from fieldkeep.core.document.document import Document, around_fields, compare
from fieldkeep.core.restore import ways_back
from fieldkeep.core.stored.backups import Backup, BackupHistory, Damaged
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import Contended, InputError
from fieldkeep.model import Json

LIVE: Final = "live"
_SHORTEST_COMMIT: Final = 7
_HINT: Final = "`fieldkeep history` lists them: name one by its number, time or commit"
_ABOUT: Final = ("backup_timestamp", "reason", "commit", "actor", "owner", "run", "checksum")


@dataclass(frozen=True, slots=True)
class Version:
    """``index`` is the number in the history, None for what is live; ``about`` holds the metadata
    of the backup."""

    index: int | None
    title: str
    document: Document
    about: Mapping[str, Json]


def choose(history: BackupHistory, which: str | None) -> Backup:
    """The backup named by its number, by a time (the newest one not after it) or by its commit.
    None means 1: number 0 is what is live. Raises InputError."""
    if not history.entries:
        raise InputError("there is no backup", *ways_back.WAYS)
    if which is None and len(history.entries) == 1:
        message = "there is no backup from before the last apply"
        raise InputError(message, "`fieldkeep restore 0` puts back what that apply left live")
    chosen = history.entries[_index(history, which or "1")]
    if isinstance(chosen, Damaged):
        raise InputError(
            f"this backup is damaged: {chosen.reason}", "choose another: `fieldkeep history`"
        )
    return chosen


def require_expected(backup: Backup, expected: str) -> None:
    """Raises Contended if the backup has neither the serial nor the time ``expected``: its number
    moves with every new backup."""
    if expected.isdecimal():
        is_expected = backup.ours and str(backup.serial) == expected.lstrip("0")
    else:
        moment = parse_time(expected)
        is_expected = moment is not None and moment == parse_time(backup.timestamp)
    if not is_expected:
        serial = f"serial {backup.serial}" if backup.ours else "no serial"
        raise Contended(
            f"the backup of {backup.timestamp} ({serial}) is not the one expected ({expected}):"
            " nothing was written",
            "backups were added since: look at `fieldkeep history`, and name it anew",
        )


def _index(history: BackupHistory, which: str) -> int:
    if which.isdecimal() and len(which) < _SHORTEST_COMMIT:
        if int(which) < len(history.entries):
            return int(which)
        message = f"there is no backup {which}: {numbers_there_are(len(history.entries))}"
        raise InputError(message, _HINT)
    backups = [(n, entry) for n, entry in enumerate(history.entries) if isinstance(entry, Backup)]
    # 1234567 may be the beginning of a commit
    moment = parse_time(which) if "-" in which else None
    index = _by_commit(backups, which) if moment is None else _by_time(backups, which, moment)
    if index is None:
        raise InputError(f"no backup matches '{which}'", _HINT)
    return index


def _by_commit(backups: Sequence[tuple[int, Backup]], start: str) -> int | None:
    commits = ((index, occasion.commit or "") for index, b in backups for occasion in b.occasions)
    long_enough = len(start) >= _SHORTEST_COMMIT
    return next((i for i, c in commits if long_enough and c.startswith(start.lower())), None)


def _by_time(backups: Sequence[tuple[int, Backup]], text: str, moment: datetime) -> int | None:
    """A time as the history shows it, or the beginning of one; else the newest not after it."""
    start = text.strip().replace(" ", "T")
    times = [(index, o.timestamp) for index, backup in backups for o in backup.occasions]
    shown = (index for index, time in times if "T" in start and time.startswith(start))
    moments = [(taken, -index) for index, time in times if (taken := parse_time(time))]
    earlier = max((item for item in moments if item[0] <= moment), default=None)
    return next(shown, None if earlier is None else -earlier[1])


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


def around(old: Version, new: Version) -> tuple[Difference, ...]:
    """The differences of the documents around their fields."""
    return differences(around_fields(old.document), around_fields(new.document))


def action(old: Version, new: Version, name: str) -> str:
    if name not in old.document.fields:
        return "create"
    return "update" if name in new.document.fields else "delete"

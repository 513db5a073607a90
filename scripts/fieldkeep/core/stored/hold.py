"""``<key>.hold``: somebody asked that nothing be applied until a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.stored.backups import rfc3339
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.errors import Refused, UsageError
from fieldkeep.model import Absent, Delete, Live, Put

BY_RESTORE: Final = "restore"
AFTER_RESTORE: Final = timedelta(hours=4)
UNKNOWN: Final = "unknown"

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_DURATION: Final = re.compile(r"([0-9]+)([mhd])")


@dataclass(frozen=True, slots=True)
class Hold:
    """``until`` is RFC 3339; a value that could not be read holds for ever (``until`` is '').
    ``by`` tells a hold that a restore set from one that somebody asked for."""

    until: str
    reason: str
    actor: str
    at: str = ""
    by: str = ""

    def __str__(self) -> str:
        """How messages name it."""
        how = " (set by a restore)" if self.by_restore else ""
        until = f" until {self.until} by {self.actor}{how}" if self.until else ""
        return f"on hold{until}: {self.reason}"

    @property
    def by_restore(self) -> bool:
        return self.by == BY_RESTORE


def decode(live: Live, now: datetime) -> Hold | None:
    """The hold that is on, or None. What cannot be read is a hold: unknown is never 'no'."""
    if isinstance(live, Absent):
        return None
    try:
        value = canonical.loads(live.value)
        until = datetime.fromisoformat(value["until"])
        ended = until <= now
    except (ValueError, KeyError, TypeError):
        return Hold("", "the hold's value cannot be read", UNKNOWN)
    if ended:
        return None
    reason, actor, at, by = (value.get(name, "") for name in ("reason", "actor", "at", "by"))
    return Hold(value["until"], str(reason), str(actor or UNKNOWN), str(at), str(by))


def until(text: str, now: datetime) -> datetime:
    """A duration from now (90m, 4h, 2d) or a time (RFC 3339; UTC if it names no zone). Raises
    UsageError for what is neither, and for what is not in the future."""
    try:
        if found := _DURATION.fullmatch(text):
            end = now + timedelta(**{_UNITS[found[2]]: int(found[1])})
        else:
            end = datetime.fromisoformat(text)
            end = end if end.tzinfo else end.replace(tzinfo=UTC)
        end = end.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"--until {text}: neither a duration nor a time",
            "for example 90m, 4h, 2d, or 2026-12-24T08:00Z",
        ) from error
    if end <= now:
        raise UsageError(
            f"--until {text}: that is not in the future",
            "name a later time; `fieldkeep release` ends a hold",
        )
    return end


def create(end: datetime, reason: str, actor: str, now: datetime, by: str = "") -> Hold:
    return Hold(rfc3339(end), reason, actor, rfc3339(now), by)


def encode(hold: Hold) -> bytes:
    value = {"until": hold.until, "reason": hold.reason, "actor": hold.actor, "at": hold.at}
    return canonical.dumps({**value, "by": hold.by} if hold.by else value)


def put(snapshot: Snapshot, hold: Hold) -> Put:
    """The write that sets it, if nobody has touched the key since it was read."""
    key = snapshot.keys.hold
    live = snapshot[key]
    flags = 0 if isinstance(live, Absent) else live.flags
    return Put(key, encode(hold), snapshot.index(key), flags)


def placed(snapshot: Snapshot, hold: Hold, now: datetime, *, replace: bool) -> Put:
    """As ``put``, for somebody who asks for a hold: another's that is on is not replaced in
    silence. Raises Refused."""
    found = decode(snapshot[snapshot.keys.hold], now)
    mine = found is not None and found.actor == hold.actor != UNKNOWN and not found.by_restore
    if found and not mine and not replace:
        raise Refused(
            f"there is a hold already: {found}",
            "--replace puts yours in its place; `fieldkeep release` ends it",
        )
    return put(snapshot, hold)


def released(snapshot: Snapshot) -> Delete | None:
    """The write that removes it, whether it is on, has ended or cannot be read."""
    key = snapshot.keys.hold
    live = snapshot[key]
    return None if isinstance(live, Absent) else Delete(key, live.index)

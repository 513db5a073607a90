"""``<key>.hold``: nothing is applied until a time that somebody set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.times import parse_time, rfc3339
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.errors import Refused, UsageError
from fieldkeep.model import Absent, Delete, Json, Live, Put

BY_RESTORE: Final = "restore"
AFTER_RESTORE: Final = timedelta(hours=4)
UNKNOWN: Final = "unknown"

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_DURATION: Final = re.compile(r"([0-9]+)([mhd])")


@dataclass(frozen=True, slots=True)
class Hold:
    """``until`` is RFC 3339, or '' for a value that could not be read: such a hold has no end.
    ``by`` is BY_RESTORE for a hold that a restore set, '' for one that a person set. ``fields`` are
    those that a restore put back against git."""

    until: str
    reason: str
    actor: str
    at: str = ""
    by: str = ""
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The hold as messages name it."""
        how = " (set by a restore)" if self.by_restore else ""
        until = f" until {self.until} by {self.actor}{how}" if self.until else ""
        return f"on hold{until}: {self.reason}"

    @property
    def by_restore(self) -> bool:
        return self.by == BY_RESTORE


def decode(live: Live, now: datetime) -> Hold | None:
    """The hold that is on, or None. A value that cannot be read is a hold: it may mean one."""
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
    fields = value.get("fields")
    names = fields if isinstance(fields, list) else []
    protected = tuple(name for name in names if isinstance(name, str))
    return Hold(value["until"], str(reason), str(actor or UNKNOWN), str(at), str(by), protected)


def is_foreign(live: Live) -> bool:
    """Whether a value is no hold of ours, or says more than ours do: it is set aside before it is
    replaced or removed."""
    if isinstance(live, Absent) or not live.value.strip():
        return False
    try:
        value, twice = canonical.loads_and_repeated(live.value)
    except ValueError:
        return True
    known = {"until", "reason", "actor", "at", "by", "fields"}
    is_hold = isinstance(value, dict) and "until" in value and value.keys() <= known
    return not is_hold or twice is not None


def parse_until(text: str) -> timedelta | datetime:
    """A duration (90m, 4h, 2d) or a time (RFC 3339; UTC if it names no zone). Raises UsageError for
    any other text."""
    try:
        duration = _DURATION.fullmatch(text)
        length = timedelta(**{_UNITS[duration[2]]: int(duration[1])}) if duration else None
        end = length if length is not None else parse_time(text)
    except (ValueError, OverflowError):
        end = None
    if end is None:
        raise _neither(text)
    return end


def _neither(text: str) -> UsageError:
    return UsageError(
        f"--until {text}: neither a duration nor a time",
        "for example 90m, 4h, 2d, or 2026-12-24T08:00Z",
    )


def until(text: str, now: datetime) -> datetime:
    """The end that a text stands for at a time. Raises UsageError for a text that ``parse_until``
    refuses and for an end that is not in the future."""
    parsed = parse_until(text)
    try:
        end = parsed if isinstance(parsed, datetime) else now + parsed
    except OverflowError as error:
        raise _neither(text) from error
    if end <= now:
        raise UsageError(
            f"--until {text}: that is not in the future",
            "name a later time; `fieldkeep release` ends a hold",
        )
    return end


def create(
    end: datetime,
    reason: str,
    actor: str,
    now: datetime,
    by: str = "",
    fields: tuple[str, ...] = (),
) -> Hold:
    return Hold(rfc3339(end), reason, actor, rfc3339(now), by, fields)


def encode(hold: Hold) -> bytes:
    value: dict[str, Json] = {
        "until": hold.until,
        "reason": hold.reason,
        "actor": hold.actor,
        "at": hold.at,
    }
    if hold.by:
        value["by"] = hold.by
    if hold.fields:
        value["fields"] = list(hold.fields)
    return canonical.dumps(value)


def put(snapshot: Snapshot, hold: Hold) -> Put:
    """The write that sets the hold, if the key has not changed since it was read."""
    return snapshot.put(snapshot.keys.hold, encode(hold))


def put_unless_held(snapshot: Snapshot, hold: Hold, now: datetime, *, replace: bool) -> Put:
    """As ``put``, but raises Refused while another actor's hold is on, unless ``replace``."""
    current = decode(snapshot[snapshot.keys.hold], now)
    mine = current is not None and current.actor == hold.actor != UNKNOWN and not current.by_restore
    if current and not mine and not replace:
        raise Refused(
            f"there is a hold already: {current}",
            "--replace puts yours in its place; `fieldkeep release` ends it",
        )
    return put(snapshot, hold)


def delete(snapshot: Snapshot) -> Delete | None:
    """The write that removes the hold, whether it is on, has ended or cannot be read."""
    key = snapshot.keys.hold
    live = snapshot[key]
    return None if isinstance(live, Absent) else Delete(key, live.index)

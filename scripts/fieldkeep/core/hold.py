"""``<key>.hold``: somebody asked that nothing be applied until a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldkeep.core import canonical
from fieldkeep.model import Absent, Live


@dataclass(frozen=True, slots=True)
class Hold:
    """``until`` is RFC 3339; a value that could not be read holds for ever (``until`` is '')."""

    until: str
    reason: str
    actor: str

    def __str__(self) -> str:
        until = f" until {self.until} by {self.actor}" if self.until else ""
        return f"on hold{until}: {self.reason}"


def decode(live: Live, now: datetime) -> Hold | None:
    """The hold that is on, or None. What cannot be read is a hold: unknown is never 'no'."""
    if isinstance(live, Absent):
        return None
    try:
        value = canonical.loads(live.value)
        until = datetime.fromisoformat(value["until"])
        ended = until <= now
    except (ValueError, KeyError, TypeError):
        return Hold("", "the hold's value cannot be read", "unknown")
    if ended:
        return None
    return Hold(value["until"], str(value.get("reason", "")), str(value.get("actor", "unknown")))

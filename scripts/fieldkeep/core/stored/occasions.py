"""When a state was backed up: an entry of the history may stand for several times."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkeep.model import Json


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a state was backed up, and by whom."""

    timestamp: str
    reason: str | None = None
    commit: str | None = None
    actor: str | None = None


def occasion(value: Json) -> Occasion | None:
    """The occasion that an entry says; None if it has another form."""
    match value:
        case {"timestamp": str(timestamp)}:
            texts = (value.get(name) for name in ("reason", "commit", "actor"))
            return Occasion(timestamp, *(t if isinstance(t, str) else None for t in texts))
    return None

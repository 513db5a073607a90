"""What `status --format json` printed for each environment, and which of them drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.shape import Shape, Unreadable, WrongShapeError, decode
from fieldkeep.core.merge.outcome import FieldDrift

SCHEMA: Final = 1
UNAPPLIED: Final = "pending"
"""The class of a sync that would change the document although nothing drifted: a source gives other
labels than last time, or a server answers differently."""


@dataclass(frozen=True, slots=True)
class Status:
    """``drift`` holds what is pending only. ``undoes`` names the fields that a restore put back and
    that the first sync after ``held_until`` undoes."""

    in_sync: bool
    drift: tuple[FieldDrift, ...]
    held_until: str = ""
    undoes: tuple[str, ...] = ()

    def classes(self) -> Mapping[str, int]:
        """How many entries each class has, the class with most entries first."""
        count = Counter(str(entry.drift) for entry in self.drift)
        if not self.in_sync and not count:
            count[UNAPPLIED] = 1
        return dict(sorted(count.items(), key=lambda item: (-item[1], item[0])))


Reading = Status | Unreadable


def read(content: bytes) -> Reading:
    """The status that a file holds."""
    try:
        return _status(decode(content, SCHEMA))
    except WrongShapeError as error:
        return Unreadable(f"the file does not hold a status: {error}")


def _status(shape: Shape) -> Status:
    drift = tuple(map(FieldDrift.from_json, shape.objects("drift")))
    pending = tuple(entry for entry in drift if entry.pending)
    in_sync = shape.required("in_sync", bool)
    if in_sync and pending:
        raise WrongShapeError("in_sync and drift contradict each other")
    hold = shape.optional_object("hold")
    if hold is None or "undoes" not in hold.values:  # an older program does not say it
        return Status(in_sync, pending)
    return Status(in_sync, pending, hold.required("until", str), hold.strings("undoes"))


@dataclass(frozen=True, slots=True)
class Overview:
    """The reading of every environment, by name, in the order given."""

    environments: Mapping[str, Reading]

    @property
    def drifting(self) -> tuple[str, ...]:
        return tuple(
            name
            for name, reading in self.environments.items()
            if isinstance(reading, Status) and not reading.in_sync
        )

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(
            name for name, reading in self.environments.items() if isinstance(reading, Unreadable)
        )

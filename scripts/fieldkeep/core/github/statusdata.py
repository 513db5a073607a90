"""What `status --format json` says of each environment, and what is to be said of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.shape import Shape, Unreadable, WrongShapeError, decode
from fieldkeep.core.github import plandata
from fieldkeep.core.merge.decide import Drift as Kind

SCHEMA: Final = 1
UNAPPLIED: Final = "pending"
"""The class of a sync that would change the document although nobody drifted: a source gives other
labels than last time, or a server answers otherwise."""


@dataclass(frozen=True, slots=True)
class Status:
    """``drift`` is only what is pending."""

    in_sync: bool
    drift: tuple[plandata.Drift, ...]

    def classes(self) -> Mapping[str, int]:
        """How many entries each class has, the class with most entries first."""
        found = Counter(entry.kind for entry in self.drift)
        if not self.in_sync and not found:
            found[UNAPPLIED] = 1
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


Reading = Status | Unreadable


def read(content: bytes) -> Reading:
    """A status, or why there is none."""
    try:
        return _status(decode(content, SCHEMA))
    except WrongShapeError as error:
        return Unreadable(f"the file does not hold a status: {error}")


def _status(shape: Shape) -> Status:
    entries = [plandata.drift(entry) for entry in shape.objects("drift")]
    information = {str(kind) for kind in Kind if not kind.pending}
    # a class that we do not know may well be pending
    drift = tuple(entry for entry in entries if entry.kind not in information)
    in_sync = shape.required("in_sync", bool)
    if in_sync and drift:
        raise WrongShapeError("in_sync and drift contradict each other")
    return Status(in_sync, drift)


@dataclass(frozen=True, slots=True)
class Overview:
    """Every environment, by name, in the order in which they were given."""

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

"""What a merge says about a value and about a field: which side it came from, and how the sides
differed. Plain values that go into the JSON of plans and statuses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fieldkeep.core.common.shape import Shape
from fieldkeep.model import Json


class ValueOrigin(StrEnum):
    """The side that the winning value came from."""

    GIT = "git"
    LIVE = "live"
    BACKUP = "backup"
    PROMETHEUS = "prometheus"
    DEFAULT = "default"


class Drift(StrEnum):
    """How git, the base and live differ. The first group is pending, the second for information."""

    GIT_AHEAD = "git-ahead"
    LIVE_EDITED = "live-edited"
    BOTH = "both"
    RECREATED = "recreated"
    MACHINE_RESET = "machine-reset"
    LIVE_LOST = "live-lost"
    MISSING = "missing"
    CORRUPT = "corrupt"

    ORPHAN = "orphan"
    UNMANAGED = "unmanaged"
    LIVE_CHANGED = "live-changed"
    LIVE_REMOVED = "live-removed"
    WRAPPED = "wrapped"
    NOT_EXTRACTED = "not-extracted"
    BOOKKEEPING = "bookkeeping"

    @property
    def pending(self) -> bool:
        return self in _PENDING


_PENDING = frozenset(
    {
        Drift.GIT_AHEAD,
        Drift.LIVE_EDITED,
        Drift.BOTH,
        Drift.RECREATED,
        Drift.MACHINE_RESET,
        Drift.LIVE_LOST,
        Drift.MISSING,
        Drift.CORRUPT,
    }
)


@dataclass(frozen=True, slots=True)
class FieldDrift:
    """Drift of one field; ``attributes`` is empty where it concerns the field as a whole, and
    ``field`` is empty where it concerns the document as a whole. A ``drift`` read from JSON that
    this version does not know stays text."""

    field: str
    drift: Drift | str
    attributes: tuple[str, ...] = ()
    detail: str = ""

    @property
    def pending(self) -> bool:
        """Whether a sync is needed; a class that this version does not know may well need one."""
        return not isinstance(self.drift, Drift) or self.drift.pending

    def to_json(self) -> dict[str, Json]:
        return {
            "field": self.field or None,
            "class": str(self.drift),
            "attributes": list(self.attributes),
            "detail": self.detail or None,
        }

    @classmethod
    def from_json(cls, entry: Shape) -> FieldDrift:
        """Raises WrongShapeError."""
        name = entry.required("class", str)
        return cls(
            entry.optional("field", str, ""),
            next((drift for drift in Drift if drift == name), name),
            entry.strings("attributes"),
            entry.optional("detail", str, ""),
        )

"""What speaks against a plan: the guards that refuse it, and its impact on others. Plain values
that go into a plan's JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from fieldkeep.core.common.shape import Shape, WrongShapeError
from fieldkeep.model import Json

GAINS: Final = "page-gains"
LOSES: Final = "page-loses"
REQUIRED: Final = "required"
OPTION: Final = "option-removed"
NARROWED: Final = "type-narrowed"
RENAMED: Final = "renamed"
NOT_PRODUCED: Final = "not-produced"
UNFILLABLE: Final = "unfillable"
"""The kinds of impact."""

_LARGEST_COUNT: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A guard that refuses. ``message`` has its numbers, ``flag`` overrides it ('' if none does),
    and ``hint`` is another way out, which the JSON leaves out."""

    guard: str
    message: str
    flag: str = ""
    hint: str = field(default="", compare=False)

    def to_json(self) -> dict[str, Json]:
        return {"guard": self.guard, "message": self.message, "flag": self.flag or None}

    @classmethod
    def from_json(cls, entry: Shape) -> Refusal:
        """Raises WrongShapeError."""
        guard, message = entry.required("guard", str), entry.required("message", str)
        return cls(guard, message, entry.optional("flag", str, ""))


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change means for others. ``kind`` is one of the names above, ``field`` is '' where
    several are concerned; ``services`` counts those that are affected, None where that does not
    apply or is not known."""

    kind: str
    field: str
    message: str
    breaking: bool = False
    services: int | None = None

    def to_json(self) -> dict[str, Json]:
        return {
            "kind": self.kind,
            "field": self.field or None,
            "message": self.message,
            "breaking": self.breaking,
            "services": self.services,
        }

    @classmethod
    def from_json(cls, entry: Shape) -> Impact:
        """Raises WrongShapeError."""
        return cls(
            entry.required("kind", str),
            entry.optional("field", str, ""),
            entry.required("message", str),
            breaking=entry.optional("breaking", bool, default=False),
            services=optional_count(entry, "services"),
        )


def optional_count(shape: Shape, name: str) -> int | None:
    """A number of things, None where it is absent. Raises WrongShapeError; a number with thousands
    of digits is no count but text to be shown."""
    count = shape.optional(name, int)
    if count is not None and not 0 <= count <= _LARGEST_COUNT:
        raise WrongShapeError(f"{shape.at}.{name} is no count")
    return count

"""What a plan says against itself: guards that refuse it, and what it means for others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A guard that says no: its numbers are in the message, ``flag`` allows it ('' for none);
    ``hint`` is another way out."""

    guard: str
    message: str
    flag: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change means for others. ``kind`` is a stable name, ``field`` '' for what concerns
    several; ``services`` is how many it touches, None where that is no question or not known."""

    kind: str
    field: str
    message: str
    breaking: bool = False
    services: int | None = None

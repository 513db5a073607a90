"""The notation for a place inside a value: ``options[2]``, ``validation.regex``."""

from __future__ import annotations

from collections.abc import Iterable


def dotted(path: Iterable[str | int]) -> str:
    """``("options", 2)`` as ``options[2]``; the empty path as the empty string."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")

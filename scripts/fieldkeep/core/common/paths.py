"""How a place inside a value is written: ``options[2]``, ``validation.regex``."""

from __future__ import annotations

from collections.abc import Iterable


def dotted(path: Iterable[str | int]) -> str:
    """The path as people write it; the empty path is the empty string."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")

"""How values and counts are written for people. Values are other people's text: what a terminal
would obey is shown, never sent."""

from __future__ import annotations

import json

from fieldkeep.model import Json

_LONGEST = 100


def number(count: int, noun: str) -> str:
    """``1 field``, ``2 fields``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def value(given: Json) -> str:
    """A value as JSON on one line, shortened; None is "nothing there"."""
    if given is None:
        return "(none)"
    text = json.dumps(given, ensure_ascii=False, sort_keys=True)
    return printable(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def printable(text: str) -> str:
    """The text with every control, format and surrogate character written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def size(count: int) -> str:
    """``512 B``, ``27 KiB``, ``1.4 MiB``."""
    if count < 1024:  # noqa: PLR2004
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"

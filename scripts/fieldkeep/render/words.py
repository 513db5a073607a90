"""How values are written for people. They are other people's text: control characters are written
out, so that a terminal shows them and does not obey them."""

from __future__ import annotations

import json

from fieldkeep.core.common.words import shortened
from fieldkeep.model import Json

_LONGEST = 100


def value(given: Json) -> str:
    """A value as JSON on one line, shortened; None is "nothing there"."""
    if given is None:
        return "(none)"
    text = json.dumps(given, ensure_ascii=False, sort_keys=True)
    return printable(shortened(text, _LONGEST))


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

"""How values are written for people. They are other people's text: control characters are written
out, so that a terminal shows them and does not obey them."""

from __future__ import annotations

import json
import re
from datetime import datetime
from itertools import takewhile
from typing import Final

from fieldkeep.core.common.times import parse_time
from fieldkeep.core.common.words import number, shortened
from fieldkeep.model import Json

NOTHING: Final = "(none)"
_LONGEST = 100
_PLAIN: Final = re.compile(r"\w[\w.-]*", re.ASCII)
# A command in backticks that takes an environment, and names none yet.
_COMMAND: Final = re.compile(
    r"`fieldkeep (?:adopt|capture|catalog|doctor|drill|extract|get|history|hold|list|plan|propose"
    r"|release|restore|status|sync|watch)\b(?![^`]*--(?:env|help)\b)"
)
_CONTEXT = 20  # characters before the place where two long values differ


def value(content: Json, longest: int | None = _LONGEST) -> str:
    """A value as JSON on one line, shortened; None is "nothing there"."""
    text = _json(content)
    return printable(text if longest is None else shortened(text, longest))


def value_pair(old: Json, new: Json) -> tuple[str, str]:
    """Two values as ``value`` writes them, from near the place where they differ."""
    before, after = _json(old), _json(new)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    start = max(0, sum(1 for _ in same) - _CONTEXT)
    if start + _CONTEXT <= _LONGEST // 2 or max(len(before), len(after)) <= _LONGEST:
        return value(old), value(new)
    first, second = (printable(shortened(f"…{text[start:]}", _LONGEST)) for text in (before, after))
    return first, second


def _json(content: Json) -> str:
    if content is None:
        return NOTHING
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def printable(text: str) -> str:
    """The text with every control, format and surrogate character written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def with_environment(text: str, environment: str | None) -> str:
    """The text with ``--env NAME`` in each command of ours: so must it be typed by somebody who
    named an environment."""
    if environment is None or not _PLAIN.fullmatch(environment):
        return text
    return _COMMAND.sub(rf"\g<0> --env {environment}", text)


def commit_name(commit: str | None) -> str:
    """``commit 1a2b3c4d5e6f``, shortened as git does; ``no commit``."""
    return f"commit {printable(commit[:12])}" if commit else "no commit"


_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))


JUST_NOW: Final = "just now"


def ago(time: str, now: datetime) -> str:
    """``3 hours ago``; a time that cannot be read, or that is to come, as it is written."""
    moment = parse_time(time)
    if moment is None or moment > now:
        return printable(time)
    seconds = (now - moment).total_seconds()
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{number(int(seconds // length), unit)} ago"
    return JUST_NOW


def size(count: int) -> str:
    """``512 B``, ``27 KiB``, ``1.4 MiB``."""
    if count < 1024:  # noqa: PLR2004
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f} KiB"
    return f"{count / 1024 / 1024:.1f} MiB"

"""The doctor's checks in each format; the dict feeds the command's choice too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from fieldkeep.core.common.words import number
from fieldkeep.core.doctor import Level, Line
from fieldkeep.render.json_text import json_text
from fieldkeep.render.words import printable


def text(lines: Sequence[Line]) -> str:
    """A line for each check, its hint below, then the counts."""
    output = []
    for line in lines:
        output.append(f"{line.level:<7} {line.check:<7} {printable(line.message)}")
        if line.hint:
            output.append(f"                {printable(line.hint)}")
    of = Counter(line.level for line in lines)
    warnings, failures = number(of[Level.WARNING], "warning"), number(of[Level.FAILURE], "failure")
    return "\n".join([*output, f"{number(len(lines), 'check')}: {warnings}, {failures}"])


def as_json(lines: Sequence[Line]) -> str:
    checks = [
        {
            "check": line.check,
            "level": line.level.value,
            "message": line.message,
            "hint": line.hint or None,
        }
        for line in lines
    ]
    return json_text(checks=checks)


FORMATS: Final[Mapping[str, Callable[[Sequence[Line]], str]]] = {"text": text, "json": as_json}

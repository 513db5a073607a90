"""The doctor's checks in each format; the dict feeds the command's choice too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from fieldkeep.core import doctor
from fieldkeep.core.common.words import number
from fieldkeep.core.doctor import Level
from fieldkeep.render.json_text import json_text
from fieldkeep.render.layout import apart
from fieldkeep.render.screen import Line, Screen, Style, draw, line

_STYLES: Final = {
    Level.FAILURE: Style.ERROR,
    Level.WARNING: Style.WARNING,
    Level.OK: Style.GOOD,
}
_HINT: Final = 16  # the column at which messages and hints begin


def text(checks: Sequence[doctor.Line], screen: Screen) -> str:
    """Failures, then warnings, each with its hint below; of the others their number, unless the
    screen is verbose. Then the counts."""
    levels = [level for level in _STYLES if level is not Level.OK or screen.verbose]
    groups = [
        [line for check in checks if check.level is level for line in _lines(check)]
        for level in levels
    ]
    return draw(screen, apart([*groups, [_counts(checks, screen)]]))


def _lines(check: doctor.Line) -> Iterator[Line]:
    level = (f"{check.level:<7}", _STYLES[check.level])
    yield line(level, f" {check.check:<7} {check.message}", indent=_HINT)
    if check.hint:
        yield line(f"{'':{_HINT}}{check.hint}", indent=_HINT)


def _counts(checks: Sequence[doctor.Line], screen: Screen) -> Line:
    of = Counter(check.level for check in checks)
    fine = f"{number(of[Level.OK], 'check')} {'is' if of[Level.OK] == 1 else 'are'} fine"
    wrong = f"{number(of[Level.WARNING], 'warning')}, {number(of[Level.FAILURE], 'failure')}"
    more = "" if screen.verbose else "  (--verbose lists all)"
    return line((f"{fine}, {wrong}", Style.HEADING), (more, Style.MUTED))


def as_json(checks: Sequence[doctor.Line], _screen: Screen) -> str:
    return json_text(
        checks=[
            {
                "check": check.check,
                "level": check.level.value,
                "message": check.message,
                "hint": check.hint or None,
            }
            for check in checks
        ]
    )


FORMATS: Final[Mapping[str, Callable[[Sequence[doctor.Line], Screen], str]]] = {
    "text": text,
    "json": as_json,
}

"""One finding."""

from __future__ import annotations

from typing import Final

from fieldkeep.model import Problem, Severity
from fieldkeep.render.screen import Line, Style, line

_STYLES: Final = {Severity.ERROR: Style.ERROR, Severity.WARNING: Style.WARNING}


def shown(problem: Problem) -> tuple[Line, Line]:
    """A finding, and its way out below."""
    return (
        line(
            (f"{problem.where}: ", Style.HEADING),
            (problem.severity, _STYLES[problem.severity]),
            f": {problem.message} ",
            (f"[{problem.check}]", Style.MUTED),
            indent=8,  # further in than the way out
        ),
        line(f"    {problem.hint}", indent=4),
    )


def lines(problem: Problem) -> str:
    """The same in a file. Control characters are written out: XML cannot hold most of them."""
    return "\n".join(map(str, shown(problem)))

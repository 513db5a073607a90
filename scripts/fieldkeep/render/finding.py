"""One finding."""

from __future__ import annotations

from fieldkeep.model import Problem
from fieldkeep.render.words import printable


def lines(problem: Problem) -> str:
    """A finding, and its way out below. Control characters are written out: XML cannot hold most of
    them."""
    finding = f"{problem.severity}: {printable(problem.message)} [{printable(problem.check)}]"
    return f"{printable(str(problem.where))}: {finding}\n    {printable(problem.hint)}"

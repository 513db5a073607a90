"""GitHub's workflow commands: annotations at file:line. What a finding quotes is escaped, so that
it cannot be a command itself.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Sequence

from fieldkeep.model import Problem, Severity
from fieldkeep.render.words import printable


def annotation(problem: Problem) -> str:
    """``::error file=...,line=...,col=...,title=...::message``."""
    place = problem.where
    properties = {
        "file": printable(place.path),
        "line": str(place.line),
        "col": str(place.column),
        "title": problem.check,
    }
    joined = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    message = _data(printable(f"{problem.message}: {problem.hint}"))
    return f"::{problem.severity.value} {joined}::{message}"


def worst_first(problems: Sequence[Problem]) -> list[Problem]:
    """GitHub shows ten of a step: errors come first."""
    return sorted(problems, key=lambda p: (p.severity is not Severity.ERROR, p.where, p.check))


def _data(text: str) -> str:
    text = text.replace("##[", "#\\u0023[")  # an order of its own, wherever it stands
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""One root for everything that ends a command, each kind with its exit code.

``__main__`` is the only place that turns these into an exit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from fieldkeep.model import Problem


class FieldkeepError(Exception):
    """``str(error)`` says what is wrong and where; ``hint`` says what to do next."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class InputError(FieldkeepError):
    """Field files, schema or what was asked for (a field, a backup, a commit) is wrong."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)


class Refused(FieldkeepError):
    """A guard said no: nothing was written."""

    exit_code = 3


class Unavailable(FieldkeepError):
    """git, Prometheus or the store did not answer as they should: nothing is known."""

    exit_code = 4


class Unanswered(Unavailable):
    """A write was sent and its answer never came: it may have been applied."""


class Contended(FieldkeepError):
    """Others wrote: every attempt lost its check-and-set, or a plan is not true any more."""

    exit_code = 5


class UsageError(FieldkeepError):
    """The command line or the settings are wrong."""

    exit_code = 64

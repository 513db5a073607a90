"""The errors that end a command; each class has its exit code.

Only ``__main__`` turns them into an exit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from fieldkeep.model import Problem


class FieldkeepError(Exception):
    """``str(error)`` names the fault and its place; each of ``ways`` says what to do next."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *ways: str) -> None:
        super().__init__(message)
        self.ways = tuple(filter(None, ways))

    @property
    def hint(self) -> str:
        """The ways in one line."""
        return "; ".join(self.ways)


class InputError(FieldkeepError):
    """A field file or a schema is wrong, or a requested field, backup or commit does not exist."""

    exit_code = 1

    def __init__(self, message: str, *ways: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, *ways)
        self.problems = tuple(problems)


class Refused(FieldkeepError):
    """A guard refused: nothing was written."""

    exit_code = 3


class Unavailable(FieldkeepError):
    """git, Prometheus or the store failed: its state is unknown."""

    exit_code = 4


class AccessDenied(Unavailable):
    """The store answers, but we lack the right to what was asked."""


class Unanswered(Unavailable):
    """A write was sent and its answer was lost: it may have been applied."""


class Contended(FieldkeepError):
    """Another writer was first: every attempt lost its check-and-set, or a plan is outdated."""

    exit_code = 5


class UsageError(FieldkeepError):
    """The command line or the settings are wrong."""

    exit_code = 64

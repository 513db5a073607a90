"""Branch protection: which checks a pull request needs, and whether it may be merged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.actions.results import Result

_PASSED = frozenset({"success", "skipped", "neutral"})


@dataclass(frozen=True)
class Protection:
    """`required` are names of checks, as somebody types them into GitHub's form."""

    required: tuple[str, ...]

    def missing(self, results: Iterable[Result]) -> dict[str, str]:
        """Why a commit may not be merged, by check: "expected" where nothing published a check of
        that name, else its conclusion. A job that is skipped has passed. Of two runs for one commit
        the later one counts."""
        published: dict[str, str] = {}
        for result in results:
            published |= result.checks
        found = {name: published.get(name, "expected") for name in self.required}
        return {name: why for name, why in found.items() if why not in _PASSED}

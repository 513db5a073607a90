"""How long an operation goes on while other writers come first, and how it waits in between."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

MOST_UNANSWERED: Final = 5
"""How many writes may get no answer: a store that gives none is no contest."""

_FIRST_PAUSE_SECONDS: Final = 0.002
_LONGEST_PAUSE_SECONDS: Final = 0.1


class Attempts:
    """The attempts of one operation, which all end ``budget`` seconds after the first began."""

    def __init__(self, budget: float) -> None:
        self.number = 1
        self._budget, self._since = budget, time.monotonic()
        self._moved = Counter[str]()
        self._unanswered = 0

    def lost(self, keys: Sequence[str]) -> bool:
        """Note the keys that had moved, none if no answer came; whether to try again."""
        self._moved.update(keys)
        self._unanswered += not keys
        return self._unanswered < MOST_UNANSWERED and self.has_time()

    def has_time(self) -> bool:
        return time.monotonic() - self._since < self._budget

    def next(self, again: bool) -> int | None:
        """The number of the next attempt, None if there is none."""
        return self.number + 1 if again else None

    def pause(self) -> None:
        """Wait a random time, longer with each attempt: two writers that collided are not to
        collide again."""
        longest = min(_FIRST_PAUSE_SECONDS * 2**self.number, _LONGEST_PAUSE_SECONDS)
        time.sleep(random.uniform(0, longest))  # noqa: S311
        self.number += 1

    def __str__(self) -> str:
        """How long, how often, and what came in between: `10.1 s and 41 attempts (... changed 41
        times)`."""
        seconds = time.monotonic() - self._since
        moved = (f"{key} changed {_times(count)}" for key, count in self._moved.most_common())
        why = ", ".join(moved) or "another writer wrote after each write"
        return f"{seconds:.1f} s and {self.number} attempts ({why})"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"

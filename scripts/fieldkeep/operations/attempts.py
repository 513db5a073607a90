"""How often a write is tried, and how long it waits in between."""

from __future__ import annotations

import random
import time
from typing import Final

ATTEMPTS: Final = 5
_LONGEST_PAUSE_SECONDS: Final = 0.4


def pause(attempt: int) -> None:
    """A random time, so that two writers that collided do not collide again."""
    time.sleep(random.uniform(0, _LONGEST_PAUSE_SECONDS) * attempt)  # noqa: S311

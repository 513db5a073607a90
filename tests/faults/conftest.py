"""Short by default; `scripts/test --faults [--seed N]` makes the numbers of docs/reliability.md."""

from __future__ import annotations

import os
import random

import pytest

LONG = bool(os.environ.get("FAULTS"))
SEED = int(os.environ.get("FAULTS_SEED") or 20261122)


def amount(short: int, long: int) -> int:
    """How many of something this run tries."""
    return long if LONG else short


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """The same for the same seed and test, whichever worker runs it and after what."""
    return random.Random(f"{SEED} {request.node.name}")

"""A machine whose clock is days off: what ends by the clock ends by the store's."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.real.forked import Done
from tests.scenarios.look import GIT, GIT_LATER, check_seven
from tests.scenarios.world import PATIENCE, ConsulWorld, checked

START = """
import sys
from datetime import UTC, datetime, timedelta
from fieldkeep.commands import context
context._now = lambda: datetime.now(UTC) + timedelta(days={days})
from fieldkeep.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def two(served: ConsulWorld) -> ConsulWorld:
    for look in (GIT, GIT_LATER):
        served.project.field("company", look.yaml("company"))
        served.sync()
    return served


def run(world: ConsulWorld, days: int, *words: str, code: int = 0) -> Done:
    command = [sys.executable, "-c", START.format(days=days), *words]
    command += ["--store", world.url, "--key", world.key]
    folder: Path = world.project.root
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    return checked(Done(done.returncode, done.stdout, done.stderr), code)


def left(world: ConsulWorld) -> timedelta:
    return datetime.fromisoformat(world.value(".hold")["until"]) - datetime.now(UTC)


@pytest.mark.parametrize("days", [-3, 3])
def test_a_hold_lasts_as_long_as_it_says_whatever_our_clock_says(
    two: ConsulWorld, days: int
) -> None:
    run(two, days, "hold", "--until", "2h", "--reason", "the big move")
    assert timedelta(hours=1, minutes=50) < left(two) < timedelta(hours=2, minutes=1)
    two.project.field("company", GIT.yaml("company"))
    two.sync(code=3)
    run(two, 3, "sync", code=3)
    assert "on hold" in run(two, 3, "status", code=2).out
    assert "on hold" in run(two, 3, "history").out


def test_an_end_that_is_over_by_the_store_is_refused(two: ConsulWorld) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    done = run(two, -3, "hold", "--until", yesterday, "--reason", "late", code=64)
    assert "not in the future" in done.err
    assert two.plain.get(two.key + ".hold") is None


def test_the_hold_of_a_restore_is_on_right_after_it(two: ConsulWorld) -> None:
    run(two, -3, "restore", "--previous", "--reason", "a wrong merge", "--yes")
    assert timedelta(hours=3, minutes=50) < left(two) < timedelta(hours=4, minutes=1)
    two.sync(code=3)
    check_seven(two.fields(), "company", GIT)

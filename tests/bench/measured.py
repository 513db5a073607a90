"""Whole processes, one after another in turns, and what each took."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.projects import ENVIRONMENT

ROUNDS = 5  # at least
MOST = 21
ENOUGH = 8.0  # seconds: a row that has taken less goes on to MOST rounds


class FailedError(Exception):
    """A measured program did not end as it should."""


@dataclass(frozen=True)
class Took:
    """One run: seconds of processor time (children included) and of the clock, bytes of memory."""

    cpu: float
    wall: float
    memory: float


@dataclass(frozen=True)
class Command:
    """``before`` is called before each run with its number, and is not measured."""

    line: Sequence[object]  # a path is shown as its text
    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)  # of the environment
    before: Callable[[int], object] = lambda _: None


def run(command: Command, number: int = 0) -> Took:
    """It has to end with 0. What this very process has in memory is the least that is found."""
    command.before(number)
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command.line],
            cwd=command.folder,
            env={**ENVIRONMENT, **command.more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            words = " ".join(str(word) for word in command.line[:6])
            raise FailedError(f"{words} ended {process.returncode}: {said.read()[-600:].decode()}")
    return Took(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)


def in_turns(
    commands: Mapping[str, Command], rounds: int = ROUNDS, enough: float = ENOUGH
) -> dict[str, list[Took]]:
    """Each once a round, in reversed order every other time. The first round is not counted, unless
    it is so long that a cold start is lost in it."""
    taken: dict[str, list[Took]] = {name: [] for name in commands}
    counted = 0
    began = time.monotonic()
    for number in range(MOST + 1):
        took = {n: run(commands[n], number) for n in list(commands)[:: 1 if number % 2 else -1]}
        past = time.monotonic() - began
        if number or past > ENOUGH:
            counted += 1
            for name, one in took.items():
                taken[name].append(one)
        if counted >= rounds and past > enough:
            break
    return taken


@dataclass(frozen=True)
class Spread:
    """The median, the least and the most."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """The median of ours to the median of theirs; the extremes are those of single rounds."""
    rounds = [a / b for a, b in zip(ours, theirs, strict=True)]
    return Spread(statistics.median(ours) / statistics.median(theirs), min(rounds), max(rounds))

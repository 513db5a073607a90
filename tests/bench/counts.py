"""What is counted and never timed: the requests of a sync, and a command's imports."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.bench.projects import ENVIRONMENT, KEY
from tests.real.servers import ConsulServer, wait_until

LINE = re.compile(
    r"^\s*(\S+) \[DEBUG\] agent\.http: Request finished: method=(\S+) url=(\S+) .*latency=(\S+)$",
    re.MULTILINE,
)
UNITS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "ns": 1e-9}


@dataclass(frozen=True)
class Request:
    """As the server logs it; ``began`` in seconds since the epoch, to the millisecond."""

    method: str
    path: str
    began: float

    @property
    def writes(self) -> bool:
        return self.method != "GET"


def requests(consul: ConsulServer, action: Callable[[], object]) -> list[Request]:
    """What the server is asked while the action lasts. Its log level has to be debug."""
    before = len(consul.log.read_bytes())
    action()
    end = f"/v1/kv/end-of-{before}"
    consul.request("GET", end)
    wait_until(
        lambda: end.encode() in consul.log.read_bytes()[before:], "the log has our last word"
    )
    text = consul.log.read_bytes()[before:].decode()
    found = [Request(m, path, _began(at, took)) for at, m, path, took in LINE.findall(text)]
    return [one for one in found if one.path.startswith((f"/v1/kv/{KEY}", "/v1/txn"))]


def _began(at: str, took: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(\D+)", took).groups()  # type: ignore[union-attr]
    return datetime.fromisoformat(at).timestamp() - float(number) * UNITS[unit]


def read_to_write(asked: Sequence[Request]) -> float:
    """Seconds from the first read to the first write."""
    return next(one.began for one in asked if one.writes) - asked[0].began


def modules(python: Path, arguments: Sequence[str], folder: Path) -> set[str]:
    """What `python -m fieldkeep ARGUMENTS` imports beyond what Python itself starts with."""

    def imported(*line: str) -> set[str]:
        done = subprocess.run(
            [python, "-X", "importtime", *line],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        )
        return set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))

    return imported("-m", "fieldkeep", *arguments) - imported("-c", "pass")

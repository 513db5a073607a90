"""Scrape interval and timeout with their defaults, and Prometheus' notation of durations.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/ (``<duration>``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.labels.config.decode import null, text
from fieldkeep.core.labels.config.goyaml import Node, refusal

_UNITS: Final = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1000,
    "ms": 1,
}
_DURATION: Final = re.compile("".join(f"(?:([0-9]{{1,18}}){unit})?" for unit in _UNITS))
_WHOLE_ONLY: Final = ("y", "w")


@dataclass(frozen=True, slots=True)
class Timing:
    """Scrape interval and timeout in milliseconds."""

    interval: int
    timeout: int


DEFAULT: Final = Timing(60_000, 10_000)


def timing(section: Mapping[str, Node], default: Timing) -> Timing:
    """The timing of a section. A default timeout is limited to the interval.

    Raises:
        InputError: not a duration, or a timeout greater than the interval.
    """
    interval = _milliseconds(section.get("scrape_interval")) or default.interval
    timeout = _milliseconds(section.get("scrape_timeout"))
    if timeout > interval:
        place = section["scrape_timeout"].where
        raise refusal(place, "scrape_timeout is greater than scrape_interval", "lower the timeout")
    return Timing(interval, timeout or min(default.timeout, interval))


def parse_duration(duration: str) -> int | None:
    """Milliseconds; None if it is not a duration. Of bare numbers only 0 is one."""
    if duration == "0":
        return 0
    match = _DURATION.fullmatch(duration)
    if not duration or not match:
        return None
    amounts = zip(match.groups(), _UNITS.values(), strict=True)
    return sum(int(amount or 0) * size for amount, size in amounts)


def format_duration(milliseconds: int) -> str:
    """As Prometheus writes it: ``90s`` is ``1m30s``; years and weeks only if nothing remains."""
    if not milliseconds:
        return "0s"
    parts = []
    for unit, size in _UNITS.items():
        if unit in _WHOLE_ONLY and milliseconds % size:
            continue
        amount, milliseconds = divmod(milliseconds, size)
        parts.append(f"{amount}{unit}" if amount else "")
    return "".join(parts)


def _milliseconds(node: Node | None) -> int:
    """The duration, or 0 if there is none. Raises InputError."""
    if node is None or null(node):
        return 0
    duration = parse_duration(text(node))
    if duration is None:
        raise refusal(node.where, "not a duration", "write for example 30s or 1m30s")
    return duration

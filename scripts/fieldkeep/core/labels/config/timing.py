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
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine

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
_SECOND: Final = 1000
_LENIENT_PART: Final = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)([mM][sS]|[sShHdDwWyYiI]|m)")
_LENIENT: Final = re.compile(f"(?:{_LENIENT_PART.pattern})+")
_WHOLE_ONLY: Final = ("y", "w")


@dataclass(frozen=True, slots=True)
class Timing:
    """Scrape interval and timeout in milliseconds."""

    interval: int
    timeout: int


DEFAULT: Final = Timing(60_000, 10_000)


def timing(
    section: Mapping[str, Node], common: Mapping[str, Node], engine: Engine = DEFAULT_ENGINE
) -> Timing:
    """The timing of a job, given its fields and those of the global section, or of that section
    itself. A default timeout is limited to the interval.

    Raises:
        InputError: not a duration, or a timeout greater than the interval.
    """
    if engine.go_durations:
        return _lenient_timing(section, common)
    return _strict_timing(section, _strict_timing(common, DEFAULT))


def _strict_timing(section: Mapping[str, Node], default: Timing) -> Timing:
    interval = _milliseconds(section.get("scrape_interval")) or default.interval
    timeout = _milliseconds(section.get("scrape_timeout"))
    if timeout > interval:
        place = section["scrape_timeout"].where
        raise refusal(place, "scrape_timeout is greater than scrape_interval", "lower the timeout")
    return Timing(interval, timeout or min(default.timeout, interval))


def _lenient_timing(*sections: Mapping[str, Node]) -> Timing:
    """As VictoriaMetrics reads it: what is not positive takes the default, and every timeout is
    limited to the interval."""
    times = []
    for name, default in (
        ("scrape_interval", DEFAULT.interval),
        ("scrape_timeout", DEFAULT.timeout),
    ):
        own = [_lenient_milliseconds(section[name]) for section in sections if name in section]
        times.append(next((time for time in own if time > 0), default))
    interval, timeout = times
    return Timing(interval, min(interval, timeout))


def _lenient_milliseconds(node: Node) -> int:
    duration = parse_lenient_duration(text(node))
    if duration is None:
        raise refusal(node.where, "not a duration", "write for example 30s or 1m30s")
    return duration


def parse_lenient_duration(duration: str) -> int | None:
    """Milliseconds in VictoriaMetrics' notation (``1.5h``, ``-5m``; a bare number is seconds); None
    if it is not a duration."""
    if re.fullmatch(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", duration):
        return int(float(duration) * _SECOND)
    if not _LENIENT.fullmatch(duration):
        return None
    total, sign = 0.0, 1
    for amount, unit in _LENIENT_PART.findall(duration):
        sign = -1 if amount.startswith("-") else sign
        total += sign * abs(float(amount)) * (_UNITS | {"i": 0})[unit.lower()]
    return int(total)


def format_go_duration(milliseconds: int) -> str:
    """As Go writes it: ``90s`` is ``1m30s``, ``1h`` is ``1h0m0s``."""
    if milliseconds < _SECOND:
        return f"{milliseconds}ms" if milliseconds else "0s"
    seconds, rest = divmod(milliseconds, _SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:03}".rstrip("0") if rest else ""
    parts = [f"{hours}h"] if hours else []
    parts += [f"{minutes}m"] if hours or minutes else []
    return "".join([*parts, f"{seconds}{fraction}s"])


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

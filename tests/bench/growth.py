"""How the time grows with the work: the sizes, and the exponent of the fit."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench.measured import Command
from tests.bench.rows import Bench, extract, plan, validate

Sizes = Mapping[int, float]  # seconds of processor time, by the number of fields or jobs


@dataclass(frozen=True)
class Curve:
    command: str
    of: str
    sizes: tuple[int, ...]
    make: Callable[[Bench, int], Command]


FIELDS = (10, 30, 100, 300, 1000, 3000, 10_000)
CURVES = (
    Curve("validate", "fields", FIELDS, validate),
    Curve("plan", "fields", FIELDS, plan),
    Curve(
        "extract",
        "jobs",
        (10, 50, 200, 1000, 5000),
        lambda bench, jobs: extract(bench.programs.this, bench.configuration(jobs)),
    ),
)


def exponent(sizes: Sizes) -> float:
    """The k of `start + c * n^k`; 1 is linear, 2 quadratic. The smallest size counts as the start,
    and the others only where the work is a good part of it: below that they show noise."""
    smallest = min(sizes)
    start = sizes[smallest]
    points = [
        (math.log(n - smallest), math.log(took - start))
        for n, took in sizes.items()
        if took - start > start / 4
    ]
    return statistics.linear_regression(*zip(*points, strict=True)).slope

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
    """The k of `start + c * n^k`: the smallest size counts as the start, small ones not at all.

    1 is linear, 2 quadratic.
    """
    smallest = min(sizes)
    points = [
        (math.log(n - smallest), math.log(max(took - sizes[smallest], 1e-3)))
        for n, took in sizes.items()
        if n >= 20 * smallest
    ]
    return statistics.linear_regression(*zip(*points, strict=True)).slope

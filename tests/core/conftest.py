"""The same examples on every machine and in every run, bounded by number and not by time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.core.examples import EXAMPLES

settings.register_profile(
    "fieldkeep",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fieldkeep")

"""The same examples on every machine and in every run, bounded by number and not by time."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fieldkeep",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=int(os.environ.get("FIELDKEEP_EXAMPLES", "60")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fieldkeep")

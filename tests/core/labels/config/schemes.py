"""Configurations with schemes of names, and which releases take them.

Real servers were asked about 2.24 to 3.5; 3.7 follows the source of its tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldkeep.core.labels.relabel.version import Version, parse_version


@dataclass(frozen=True)
class Case:
    """A configuration; the releases that it was held against, and whether they take it."""

    name: str
    text: str
    accepted: Mapping[str, bool]


def version(release: str) -> Version:
    parsed = parse_version(release)
    assert parsed
    return parsed


def _case(name: str, common: str, job: str, *, new: bool, newest: bool) -> Case:
    """Releases before 2.55 know neither field."""
    lines = [f"global: {{{common}}}" if common else "", "scrape_configs:", "- job_name: a"]
    text = "\n".join([*lines, *(f"  {line}" for line in job.split(", ") if line), ""])
    old = dict.fromkeys(("2.24", "2.42", "2.53"), False)
    return Case(name, text, {**old, "3.5": new, "3.7": newest})


V, E = "metric_name_validation_scheme", "metric_name_escaping_scheme"
CASES = (
    _case("job-legacy", "", f"{V}: legacy", new=False, newest=True),
    _case("job-legacy-escaped", "", f"{V}: legacy, {E}: underscores", new=True, newest=True),
    _case("job-legacy-allow", "", f"{V}: legacy, {E}: allow-utf-8", new=False, newest=False),
    _case("job-utf8", "", f"{V}: utf8", new=True, newest=True),
    _case("job-unknown", "", f"{V}: utf-8", new=False, newest=False),
    _case("job-unknown-escaping", "", f"{E}: dashes", new=False, newest=False),
    _case("job-escaping-values", "", f"{E}: values", new=True, newest=True),
    _case("global-legacy", f"{V}: legacy", "", new=True, newest=True),
    _case("global-legacy-job-utf8", f"{V}: legacy", f"{V}: utf8", new=True, newest=True),
    _case("global-legacy-job-legacy", f"{V}: legacy", f"{V}: legacy", new=True, newest=True),
    _case("global-legacy-allow", f"{V}: legacy, {E}: allow-utf-8", "", new=False, newest=False),
    _case("global-legacy-job-allow", f"{V}: legacy", f"{E}: allow-utf-8", new=False, newest=False),
    _case("global-dots-job-legacy", f"{E}: dots", f"{V}: legacy", new=True, newest=True),
    _case("global-unknown", f"{V}: dots", "", new=False, newest=False),
    _case("global-unknown-escaping", f"{E}: utf8", "", new=False, newest=False),
    _case("empty", f'{V}: "", {E}: ""', f'{V}: "", {E}: ""', new=True, newest=True),
)

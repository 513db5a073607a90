"""Renders the differences between the labels of two sources."""

from __future__ import annotations

import json
from collections.abc import Sequence

from fieldkeep.core.common.words import number
from fieldkeep.core.labels.compare import Comparison
from fieldkeep.render.words import printable


def text(a: str, b: str, comparison: Comparison) -> str:
    """A line for each label that only one side has (``-``, ``+``), or that differs (``~``)."""
    only_a, only_b, changed = comparison.only_a, comparison.only_b, comparison.changed
    lines = [f"- {printable(name)}: {_jobs(jobs)}" for name, jobs in only_a.items()]
    lines += [f"+ {printable(name)}: {_jobs(jobs)}" for name, jobs in only_b.items()]
    for label in changed:
        for job, (in_a, in_b) in label.jobs.items():
            change = f"{in_a or 'not there'} -> {in_b or 'not there'}"
            lines.append(f"~ {printable(label.name)}: {printable(job)}: {change}")
    lines.append(
        f"{number(len(only_a), 'label')} only in {printable(a)},"
        f" {len(only_b)} only in {printable(b)},"
        f" {len(changed)} different, {comparison.same} the same"
    )
    return "\n".join(lines)


def as_json(a: str, b: str, comparison: Comparison) -> str:
    """The same as JSON, schema 1."""
    changed = [
        {"name": label.name, "job": job, "a": in_a or None, "b": in_b or None}
        for label in comparison.changed
        for job, (in_a, in_b) in label.jobs.items()
    ]
    document = {
        "schema": 1,
        "a": a,
        "b": b,
        "only_a": [{"name": name, "jobs": list(jobs)} for name, jobs in comparison.only_a.items()],
        "only_b": [{"name": name, "jobs": list(jobs)} for name, jobs in comparison.only_b.items()],
        "changed": changed,
        "same": comparison.same,
    }
    return json.dumps(document, indent=2)


def _jobs(jobs: Sequence[str]) -> str:
    return ", ".join(map(printable, jobs))


FORMATS = {"text": text, "json": as_json}

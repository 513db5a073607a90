"""Where a label comes from, rule by rule, and what differs between two sources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fieldkeep.core.common.words import number
from fieldkeep.core.labels.compare import Comparison
from fieldkeep.core.labels.label_explanation import LabelExplanation, Touch
from fieldkeep.core.labels.redact import redact
from fieldkeep.core.labels.relabel.relabel import Rule
from fieldkeep.model import Skipped
from fieldkeep.render.words import printable

Traces = Mapping[str, Sequence[LabelExplanation] | Skipped]


def explained(name: str, found: Traces) -> str:
    """Every rule that touches the label, source by source."""
    lines: list[str] = []
    for source, traces in found.items():
        if isinstance(traces, Skipped):
            lines.append(f"{source}: not read: {printable(traces.reason)}")
            continue
        touched = [trace for trace in traces if trace.touches]
        jobs = number(len(touched), "job")
        lines.append(f"{source}: {jobs} of {len(traces)} with rules that touch {printable(name)}")
        for trace in touched:
            example = f" (for example {printable(redact(trace.target))})" if trace.target else ""
            lines.append(f"  {printable(trace.job)}{example}")
            lines += [f"    {_touch(touch)}" for touch in trace.touches]
    return "\n".join(lines) if lines else "no sources are configured"


def explained_json(name: str, found: Traces) -> str:
    return json.dumps(
        {
            "schema": 1,
            "label": name,
            "sources": [_source(source, traces) for source, traces in found.items()],
        },
        indent=2,
    )


def _touch(touch: Touch) -> str:
    place = f" at {touch.where}" if touch.where else ""
    text = f"rule {touch.index}{printable(place)} {touch.role}: {printable(rule(touch.rule))}"
    if touch.before is None:
        return text
    after = "the target is dropped" if touch.after is None else _quoted(touch.after)
    return f"{text}\n        {_quoted(touch.before)} -> {after}"


def _quoted(value: str) -> str:
    return f'"{printable(value)}"' if value else "(none)"


def rule(given: Rule) -> str:
    """A rule on one line."""
    sources = ",".join(given.source_labels) or "-"
    target = f" -> {given.target_label}" if given.target_label else ""
    return f"{given.action} {sources}{target} /{redact(given.regex)}/ {redact(given.replacement)!r}"


def _source(source: str, traces: Sequence[LabelExplanation] | Skipped) -> dict[str, Any]:
    if isinstance(traces, Skipped):
        return {"source": source, "success": False, "error": traces.reason, "jobs": []}
    jobs = [
        {
            "job": trace.job,
            "target": redact(trace.target) if trace.target else None,
            "rules": [_rule(touch) for touch in trace.touches],
        }
        for trace in traces
        if trace.touches
    ]
    return {"source": source, "success": True, "error": None, "jobs": jobs}


def _rule(touch: Touch) -> dict[str, Any]:
    where = touch.where
    return {
        "index": touch.index,
        "role": touch.role.value,
        "path": where.path if where else None,
        "line": where.line if where else None,
        "source_labels": list(touch.rule.source_labels),
        "target_label": touch.rule.target_label,
        "regex": redact(touch.rule.regex),
        "replacement": redact(touch.rule.replacement),
        "action": touch.rule.action.value,
        "before": touch.before,
        "after": touch.after,
    }


def compared(a: str, b: str, found: Comparison) -> str:
    """What only one side has, and what both have differently."""
    lines = [f"- {printable(name)}: {_jobs(jobs)}" for name, jobs in found.only_a.items()]
    lines += [f"+ {printable(name)}: {_jobs(jobs)}" for name, jobs in found.only_b.items()]
    for label in found.changed:
        for job, (one, other) in label.jobs.items():
            change = f"{one or 'not there'} -> {other or 'not there'}"
            lines.append(f"~ {printable(label.name)}: {printable(job)}: {change}")
    only_a, only_b = len(found.only_a), len(found.only_b)
    lines.append(
        f"{number(only_a, 'label')} only in {printable(a)}, {only_b} only in {printable(b)},"
        f" {len(found.changed)} different, {found.same} the same"
    )
    return "\n".join(lines)


def _jobs(jobs: Sequence[str]) -> str:
    return ", ".join(map(printable, jobs))


def compared_json(a: str, b: str, found: Comparison) -> str:
    changed = [
        {"name": label.name, "job": job, "a": one or None, "b": other or None}
        for label in found.changed
        for job, (one, other) in label.jobs.items()
    ]
    listed = {
        "only_a": [{"name": name, "jobs": list(jobs)} for name, jobs in found.only_a.items()],
        "only_b": [{"name": name, "jobs": list(jobs)} for name, jobs in found.only_b.items()],
    }
    return json.dumps(
        {"schema": 1, "a": a, "b": b, **listed, "changed": changed, "same": found.same}, indent=2
    )

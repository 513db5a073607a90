"""Renders what the rules of each source do to one label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fieldkeep.core.common.words import number
from fieldkeep.core.labels.label_explanation import LabelExplanation, RuleStep
from fieldkeep.core.labels.redact import redact
from fieldkeep.core.labels.relabel.relabel import Rule
from fieldkeep.model import Skipped
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Line, Screen, Style, draw, line

Explanations = Mapping[str, Sequence[LabelExplanation] | Skipped]  # by source


def text(label: str, explanations: Explanations, screen: Screen) -> str:
    """Every rule that touches the label, source by source and job by job."""
    lines: list[Line] = []
    for source, jobs in explanations.items():
        name = (source, Style.NAME)
        if isinstance(jobs, Skipped):
            lines.append(line(name, ": ", ("not read", Style.ERROR), f": {jobs.reason}"))
            continue
        touched = [job for job in jobs if job.steps]
        of = f"{number(len(touched), 'job')} of {len(jobs)} with rules that touch {label}"
        lines.append(line(name, f": {of}"))
        for job in touched:
            example = f" (for example {redact(job.target)})" if job.target else ""
            lines.append(line("  ", (job.job, Style.HEADING), example))
            lines += [each for step in job.steps for each in _step(step)]
    return draw(screen, lines or [line("no sources are configured")])


def _step(step: RuleStep) -> Iterator[Line]:
    place = (f" at {step.where}" if step.where else "", Style.MUTED)
    yield line(f"    rule {step.index}", place, f" {step.role}: {_rule(step.rule)}")
    if step.before is not None:
        after = "the target is dropped" if step.after is None else _quoted(step.after)
        yield line(f"        {_quoted(step.before)} -> {after}")


def _rule(rule: Rule) -> str:
    sources = ",".join(rule.source_labels) or "-"
    target = f" -> {rule.target_label}" if rule.target_label else ""
    return f"{rule.action} {sources}{target} /{redact(rule.regex)}/ {redact(rule.replacement)!r}"


def _quoted(value: str) -> str:
    return f'"{value}"' if value else "(none)"


def as_json(label: str, explanations: Explanations, _screen: Screen) -> str:
    """The same as JSON, schema 1."""
    sources = [_source_json(source, jobs) for source, jobs in explanations.items()]
    return json_text(label=label, sources=sources)


def _source_json(source: str, jobs: Sequence[LabelExplanation] | Skipped) -> dict[str, Any]:
    if isinstance(jobs, Skipped):
        return {"source": source, "success": False, "error": jobs.reason, "jobs": []}
    touched = [
        {
            "job": job.job,
            "target": redact(job.target) if job.target else None,
            "rules": [_step_json(step) for step in job.steps],
        }
        for job in jobs
        if job.steps
    ]
    return {"source": source, "success": True, "error": None, "jobs": touched}


def _step_json(step: RuleStep) -> dict[str, Any]:
    where = step.where
    return {
        "index": step.index,
        "role": step.role.value,
        "path": where.path if where else None,
        "line": where.line if where else None,
        "source_labels": list(step.rule.source_labels),
        "target_label": step.rule.target_label,
        "regex": redact(step.rule.regex),
        "replacement": redact(step.rule.replacement),
        "action": step.rule.action.value,
        "before": step.before,
        "after": step.after,
    }


FORMATS = {"text": text, "json": as_json}

"""What the sources attach, with provenance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from fieldkeep.core.common.words import number
from fieldkeep.model import (
    Certainty,
    Extracted,
    LabelReading,
    PoolReading,
    Reading,
    RuleRef,
    Skipped,
)
from fieldkeep.render.words import printable

MAX_OPTIONS: Final = 20
_NO_OPTIONS: Final = ("instance", "job")


def text(readings: Sequence[Reading]) -> str:
    lines: list[str] = []
    for reading in readings:
        match reading:
            case Skipped(source, reason):
                lines.append(f"{source}: not read: {printable(reason)}")
            case Extracted():
                lines.append(f"{printable(reading.source)}: {_counted(counts(reading))}")
                lines += [f"  warning: {printable(warning)}" for warning in reading.warnings]
                lines += _external(reading)
                for pool in reading.pools:
                    live = "" if pool.live is None else f", {pool.live} live"
                    lines.append(f"  {printable(pool.job)} (targets: {pool.targets}{live})")
                    lines += [f"    {_label(label)}" for label in pool.labels]
    return "\n".join(lines) if lines else "no sources are configured"


def counts(reading: Extracted) -> dict[str, int]:
    """How many jobs and labels there are, each label counted as the surest that any job has."""
    best: dict[str, Certainty] = {}
    order = list(Certainty)
    for pool in reading.pools:
        for label in pool.labels:
            name = label.pattern or label.name
            best[name] = min(best.get(name, label.certainty), label.certainty, key=order.index)
    listed = list(best.values())
    return {"jobs": len(reading.pools)} | {str(one): listed.count(one) for one in order}


def _counted(found: dict[str, int]) -> str:
    labels = found["always"] + found["maybe"]
    families = f", {found['open']} open" if found["open"] else ""
    return (
        f"{number(found['jobs'], 'job')}, {number(labels, 'target label')}"
        f" ({found['always']} always, {found['maybe']} maybe{families})"
    )


def _external(reading: Extracted) -> list[str]:
    listed = ", ".join(f'{k}="{v}"' for k, v in sorted(reading.external_labels.items()))
    return [f"  external labels: {printable(listed)}"] if listed else []


def _label(label: LabelReading) -> str:
    name = label.pattern if label.certainty is Certainty.OPEN and label.pattern else label.name
    rules = "; ".join(
        f"rule {rule.index}: {rule.action} {','.join(rule.source_labels) or '-'}"
        f" /{rule.regex}/ -> {rule.replacement!r}"
        for rule in label.rules
    )
    why = f"; {label.reason}" if label.reason else ""
    values = f"; suggested options: {', '.join(label.values)}" if suggested(label) else ""
    about = (rules or "no rule") + why + values
    return f"{printable(name):<20} {label.certainty:<6}  {printable(about)}"


def suggested(label: LabelReading) -> bool:
    """Whether the live values are few enough to be options of a field."""
    return label.name not in _NO_OPTIONS and 1 < len(label.values) <= MAX_OPTIONS


def as_json(readings: Sequence[Reading]) -> str:
    return json.dumps(
        {"schema": 1, "sources": [_source(reading) for reading in readings]}, indent=2
    )


def _source(reading: Reading) -> dict[str, Any]:
    match reading:
        case Skipped(source, reason):
            labels: dict[str, str] = {}
            return {
                "source": source,
                "success": False,
                "error": reason,
                "external_labels": labels,
                "jobs": [],
                "warnings": [],
                "counts": None,
            }
        case Extracted():
            return {
                "source": reading.source,
                "success": True,
                "error": None,
                "external_labels": dict(reading.external_labels),
                "jobs": [_pool(pool) for pool in reading.pools],
                "warnings": list(reading.warnings),
                "counts": counts(reading),
            }


def _pool(pool: PoolReading) -> dict[str, Any]:
    return {
        "job": pool.job,
        "targets": pool.targets.value,
        "live": pool.live,
        "labels": [
            {
                "name": label.name,
                "certainty": label.certainty.value,
                "pattern": label.pattern,
                "reason": label.reason,
                "rules": [_rule(rule) for rule in label.rules],
                "deleters": [_rule(rule) for rule in label.deleters],
                "values": list(label.values),
            }
            for label in pool.labels
        ],
    }


def _rule(rule: RuleRef) -> dict[str, Any]:
    return {
        "index": rule.index,
        "source_labels": list(rule.source_labels),
        "regex": rule.regex,
        "replacement": rule.replacement,
        "action": str(rule.action),
    }


FORMATS = {"text": text, "json": as_json}

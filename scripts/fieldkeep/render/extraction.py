"""What the sources attach, with provenance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fieldkeep.model import Certainty, Extracted, LabelReading, PoolReading, Reading, Skipped
from fieldkeep.render.words import number, printable


def text(readings: Sequence[Reading]) -> str:
    lines: list[str] = []
    for reading in readings:
        match reading:
            case Skipped(source, reason):
                lines.append(f"{source}: not read: {printable(reason)}")
            case Extracted():
                names = {label.name for pool in reading.pools for label in pool.labels}
                jobs = number(len(reading.pools), "job")
                lines.append(f"{reading.source}: {jobs}, {number(len(names), 'target label')}")
                lines += _external(reading)
                for pool in reading.pools:
                    lines.append(f"  {printable(pool.job)} (targets: {pool.targets})")
                    lines += [f"    {_label(label)}" for label in pool.labels]
    return "\n".join(lines) if lines else "no sources are configured"


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
    return f"{printable(name):<20} {label.certainty:<6}  {printable(rules) or 'no rule'}"


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
            }
        case Extracted():
            return {
                "source": reading.source,
                "success": True,
                "error": None,
                "external_labels": dict(reading.external_labels),
                "jobs": [_pool(pool) for pool in reading.pools],
            }


def _pool(pool: PoolReading) -> dict[str, Any]:
    return {
        "job": pool.job,
        "targets": pool.targets.value,
        "labels": [
            {
                "name": label.name,
                "certainty": label.certainty.value,
                "pattern": label.pattern,
                "rules": [
                    {
                        "index": rule.index,
                        "source_labels": list(rule.source_labels),
                        "regex": rule.regex,
                        "replacement": rule.replacement,
                        "action": rule.action,
                    }
                    for rule in label.rules
                ],
            }
            for label in pool.labels
        ],
    }


FORMATS = {"text": text, "json": as_json}

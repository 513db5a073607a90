"""Renders the labels that the sources attach, with the rules that set them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from fieldkeep.core.common.words import number
from fieldkeep.model import Certainty, Extracted, LabelReading, PoolReading, Reading, Skipped
from fieldkeep.render.json_text import json_text
from fieldkeep.render.words import printable

MAX_OPTIONS: Final = 20
_NO_OPTIONS: Final = ("instance", "job")


def text(readings: Sequence[Reading]) -> str:
    """Each source with its jobs and their labels."""
    lines: list[str] = []
    for reading in readings:
        match reading:
            case Skipped(source, reason):
                lines.append(f"{source}: not read: {printable(reason)}")
            case Extracted():
                lines.append(f"{printable(reading.source)}: {_summary(label_counts(reading))}")
                if reading.assumed:
                    lines.append(f"  read as {_engine(reading)}: no version is set")
                lines += [f"  warning: {printable(warning)}" for warning in reading.warnings]
                lines += _external(reading)
                for pool in reading.pools:
                    live = "" if pool.live is None else f", {pool.live} live"
                    lines.append(f"  {printable(pool.job)} (targets: {pool.targets}{live})")
                    with_options = pool.live is not None
                    lines += [f"    {_label(label, with_options)}" for label in pool.labels]
    return "\n".join(lines) if lines else "no sources are configured"


def _engine(reading: Extracted) -> str:
    return f"{reading.product.capitalize()} {reading.version}"


def label_counts(reading: Extracted) -> dict[str, int]:
    """The number of jobs, and of labels by certainty. A label counts once, as the surest."""
    certainties: dict[str, Certainty] = {}
    order = list(Certainty)
    for pool in reading.pools:
        for label in pool.labels:
            name = label.pattern or label.name
            other = certainties.get(name, label.certainty)
            certainties[name] = min(other, label.certainty, key=order.index)
    counts = Counter(certainties.values())
    return {"jobs": len(reading.pools)} | {str(c): counts[c] for c in order}


def _summary(counts: dict[str, int]) -> str:
    labels = counts["always"] + counts["maybe"]
    families = f", {counts['open']} open" if counts["open"] else ""
    return (
        f"{number(counts['jobs'], 'job')}, {number(labels, 'target label')}"
        f" ({counts['always']} always, {counts['maybe']} maybe{families})"
    )


def _external(reading: Extracted) -> list[str]:
    labels = ", ".join(f'{k}="{v}"' for k, v in sorted(reading.external_labels.items()))
    return [f"  external labels: {printable(labels)}"] if labels else []


def _label(label: LabelReading, with_options: bool) -> str:
    name = label.pattern if label.certainty is Certainty.OPEN and label.pattern else label.name
    rules = "; ".join(
        f"rule {rule.index}: {rule.action} {','.join(rule.source_labels) or '-'}"
        f" /{rule.regex}/ -> {rule.replacement!r}"
        for rule in label.rules
    )
    reason = f"; {label.reason}" if label.reason else ""
    values = ""
    if with_options and suggests_options(label):
        values = f"; suggested options: {', '.join(label.values)}"
    details = (rules or "no rule") + reason + values
    return f"{printable(name):<20} {label.certainty:<6}  {printable(details)}"


def suggests_options(label: LabelReading) -> bool:
    """Whether its values are few enough to suggest as options of a field."""
    return label.name not in _NO_OPTIONS and 1 < len(label.values) <= MAX_OPTIONS


def as_json(readings: Sequence[Reading]) -> str:
    """The same as JSON, schema 1."""
    return json_text(sources=[_source(reading) for reading in readings])


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
                "product": None,
                "version": None,
                "version_assumed": None,
            }
        case Extracted():
            return {
                "source": reading.source,
                "success": True,
                "error": None,
                "external_labels": dict(reading.external_labels),
                "jobs": [_pool(pool) for pool in reading.pools],
                "warnings": list(reading.warnings),
                "counts": label_counts(reading),
                "product": reading.product or None,
                "version": reading.version or None,
                "version_assumed": reading.assumed,
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
                "rules": [asdict(rule) for rule in label.rules],
                "deleters": [asdict(rule) for rule in label.deleters],
                "values": list(label.values),
            }
            for label in pool.labels
        ],
    }


FORMATS = {"text": text, "json": as_json}

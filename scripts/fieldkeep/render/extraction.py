"""Renders the labels that the sources attach, with the rules that set them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from fieldkeep.render.json_text import Encoded, json_at, list_parts, object_parts
from fieldkeep.render.words import printable

MAX_OPTIONS: Final = 20
_NO_OPTIONS: Final = ("instance", "job")


def text(readings: Sequence[Reading]) -> Iterator[str]:
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
    yield "\n".join(lines) if lines else "no sources are configured"


def _engine(reading: Extracted) -> str:
    return f"{reading.product.capitalize()} {reading.version}"


def label_counts(reading: Extracted) -> dict[str, int]:
    """The number of jobs, and of labels by certainty. A label counts once, as the surest."""
    certainties: dict[str, Certainty] = {}
    order = list(Certainty)
    distinct = {id(pool.labels): pool.labels for pool in reading.pools}
    for labels in distinct.values():
        for label in labels:
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


def as_json(readings: Sequence[Reading]) -> Iterator[str]:
    """The same as JSON, schema 1, in parts."""
    yield from object_parts(0, {"schema": 1, "sources": list_parts(1, map(_source, readings))})


def _source(reading: Reading) -> Iterator[str]:
    match reading:
        case Skipped(source, reason):
            keys: dict[str, Any] = {
                "source": source,
                "success": False,
                "error": reason,
                "external_labels": {},
                "jobs": [],
                "warnings": [],
                "counts": None,
                "product": None,
                "version": None,
                "version_assumed": None,
            }
        case Extracted():
            keys = {
                "source": reading.source,
                "success": True,
                "error": None,
                "external_labels": dict(reading.external_labels),
                "jobs": list_parts(3, _jobs(reading.pools)),
                "warnings": list(reading.warnings),
                "counts": label_counts(reading),
                "product": reading.product or None,
                "version": reading.version or None,
                "version_assumed": reading.assumed,
            }
    return object_parts(2, keys)


def _jobs(pools: Sequence[PoolReading]) -> Iterator[Iterator[str]]:
    encoded = _Labels()
    for pool in pools:
        job = {
            "job": pool.job,
            "targets": pool.targets.value,
            "live": pool.live,
            "labels": encoded.labels(pool.labels),
        }
        yield iter((json_at(4, job),))


class _Labels:
    """Encodes the labels of jobs. Most jobs have the same labels, and a rule stands with each label
    that it touches: what repeats is encoded once. It is known by its id, so keep the jobs."""

    def __init__(self) -> None:
        self._labels: dict[int, Encoded] = {}
        self._rule: dict[int, Encoded] = {}

    def labels(self, labels: tuple[LabelReading, ...]) -> Encoded:
        if id(labels) not in self._labels:
            self._labels[id(labels)] = Encoded(json_at(5, [self._label(label) for label in labels]))
        return self._labels[id(labels)]

    def _label(self, label: LabelReading) -> dict[str, Any]:
        return {
            "name": label.name,
            "certainty": label.certainty.value,
            "pattern": label.pattern,
            "reason": label.reason,
            "rules": [self._encoded(rule) for rule in label.rules],
            "deleters": [self._encoded(rule) for rule in label.deleters],
            "values": list(label.values),
        }

    def _encoded(self, rule: RuleRef) -> Encoded:
        if id(rule) not in self._rule:
            keys = {
                "index": rule.index,
                "source_labels": list(rule.source_labels),
                "regex": rule.regex,
                "replacement": rule.replacement,
                "action": rule.action,
            }
            self._rule[id(rule)] = Encoded(json_at(8, keys))
        return self._rule[id(rule)]


FORMATS: Final[Mapping[str, Callable[[Sequence[Reading]], Iterator[str]]]] = {
    "text": text,
    "json": as_json,
}

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
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.words import printable

MAX_OPTIONS: Final = 20
_NO_OPTIONS: Final = ("instance", "job")


def text(readings: Sequence[Reading], screen: Screen) -> Iterator[str]:
    """Each source with its jobs and their labels."""
    lines = [each for reading in readings for each in _source_lines(reading)]
    yield draw(screen, lines or [line("no sources are configured")])


def _source_lines(reading: Reading) -> Iterator[Line]:
    name = (reading.source, Style.NAME)
    if isinstance(reading, Skipped):
        yield line(name, ": ", ("not read", Style.ERROR), f": {reading.reason}")
        return
    yield line(name, f": {_summary(label_counts(reading))}")
    if reading.assumed:
        yield line((f"  read as {_engine(reading)}: no version is set", Style.MUTED))
    for warning in reading.warnings:
        yield line("  ", ("warning", Style.WARNING), f": {warning}")
    if reading.external_labels:
        yield line(f"  external labels: {_external(reading)}")
    for pool in reading.pools:
        live = "" if pool.live is None else f", {pool.live} live"
        yield line("  ", (pool.job, Style.HEADING), f" (targets: {pool.targets}{live})")
        yield from (_label(label, with_options=pool.live is not None) for label in pool.labels)


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


def _external(reading: Extracted) -> str:
    return ", ".join(f'{name}="{text}"' for name, text in sorted(reading.external_labels.items()))


_CERTAINTIES: Final = {
    Certainty.ALWAYS: Style.GOOD,
    Certainty.MAYBE: Style.WARNING,
    Certainty.OPEN: Style.WARNING,
}


def _label(label: LabelReading, *, with_options: bool) -> Line:
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
    certainty = (f"{label.certainty:<6}", _CERTAINTIES[label.certainty])
    details = (rules or "no rule") + reason + values
    return line(f"    {printable(name):<20} ", certainty, f"  {details}")


def suggests_options(label: LabelReading) -> bool:
    """Whether its values are few enough to suggest as options of a field."""
    return label.name not in _NO_OPTIONS and 1 < len(label.values) <= MAX_OPTIONS


def as_json(readings: Sequence[Reading], _screen: Screen) -> Iterator[str]:
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


FORMATS: Final[Mapping[str, Callable[[Sequence[Reading], Screen], Iterator[str]]]] = {
    "text": text,
    "json": as_json,
}

"""Completes readings by live targets: the names in open families, and what every target has.

A label that the configuration names and no live target has stays "maybe", so that fields do not
come and go with targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fieldkeep.core.labels.redact import with_values
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.model import Certainty, LabelReading, PoolReading, RuleRef, Targets

HIDDEN_RULE: Final = RuleRef(-1, (), "", "", "unknown")  # a rule that the server does not show


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """A target of a running server. ``by_rule`` are the labels that a rule must have set: they
    are not among the target's labels before its rules."""

    pool: str
    labels: Mapping[str, str]
    by_rule: frozenset[str] = frozenset()


def with_live_targets(
    readings: Sequence[PoolReading], targets: Iterable[LiveTarget]
) -> tuple[PoolReading, ...]:
    """The readings completed by a server's targets. Pools that only the server has come last."""
    by_pool: dict[str, list[LiveTarget]] = {}
    for target in targets:
        by_pool.setdefault(target.pool, []).append(target)
    read = [
        complete_pool(reading, [target.labels for target in by_pool.get(reading.job, [])])
        for reading in readings
    ]
    unread = sorted(by_pool.keys() - {reading.job for reading in readings})
    return (*read, *(_pool_of_targets(job, by_pool[job]) for job in unread))


def complete_pool(
    reading: PoolReading, targets: Sequence[Mapping[str, str]], all_targets: bool = True
) -> PoolReading:
    """One reading completed by the labels of its targets: of all of them, or of some."""
    if not targets:
        return replace(reading, live=0)
    named = {label.name: label for label in reading.labels if label.certainty is not Certainty.OPEN}
    families = [label for label in reading.labels if label.certainty is Certainty.OPEN]
    on_every_target = set.intersection(*(set(labels) for labels in targets))
    on_any_target = {name for labels in targets for name in labels}
    completed = [] if all_targets else families
    for name in sorted(on_any_target | named.keys()):
        label = named.get(name) or _of_families(name, families)
        always = name in on_every_target and (all_targets or label.certainty is Certainty.ALWAYS)
        certainty = Certainty.ALWAYS if always else Certainty.MAYBE
        completed.append(replace(label, certainty=certainty))
    completed.sort(key=lambda label: (label.name, label.pattern or ""))
    labels = with_values(completed, targets)
    return PoolReading(reading.job, Targets.SOME, labels, len(targets))


def _of_families(name: str, families: Sequence[LabelReading]) -> LabelReading:
    rules = {
        rule
        for family in families
        if family.pattern and matches(family.pattern, name)
        for rule in family.rules
    }
    return LabelReading(name, Certainty.MAYBE, tuple(sorted(rules, key=lambda rule: rule.index)))


def _pool_of_targets(job: str, targets: Sequence[LiveTarget]) -> PoolReading:
    """A pool of which only the targets are known."""
    by_rule = frozenset[str]().union(*(target.by_rule for target in targets))
    names = {name for target in targets for name in target.labels}
    labels = [
        LabelReading(name, Certainty.MAYBE, (HIDDEN_RULE,) if name in by_rule else ())
        for name in sorted(names)
    ]
    reading = PoolReading(job, Targets.SOME, tuple(labels))
    return complete_pool(reading, [target.labels for target in targets])

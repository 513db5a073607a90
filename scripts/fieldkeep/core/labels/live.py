"""What live targets settle: the names in an open family, and what is on every target.

A label that the configuration names and no target has right now stays "maybe": a field must not
come and go with a target.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fieldkeep.core.labels.redact import redact_label
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.model import Certainty, LabelReading, PoolReading, RuleRef, Targets

MAX_VALUES: Final = 50
HIDDEN: Final = RuleRef(-1, (), "", "", "unknown")  # a rule that the server does not show


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """A target as a server shows it: its labels, and those that the configuration does not
    explain because the server hides the job's rules."""

    pool: str
    labels: Mapping[str, str]
    by_rule: frozenset[str] = frozenset()


def settle(
    readings: Sequence[PoolReading], targets: Iterable[LiveTarget]
) -> tuple[PoolReading, ...]:
    """The pools with what a server shows of them; pools that only it knows come last."""
    shown: dict[str, list[LiveTarget]] = {}
    for target in targets:
        shown.setdefault(target.pool, []).append(target)
    known = {reading.job for reading in readings}
    hidden = [_hidden(job, shown[job]) for job in sorted(shown.keys() - known)]
    settled = [settle_pool(one, [t.labels for t in shown.get(one.job, [])]) for one in readings]
    return (*settled, *hidden)


def settle_pool(
    reading: PoolReading, targets: Sequence[Mapping[str, str]], complete: bool = True
) -> PoolReading:
    """One pool; ``complete`` if these are all its targets."""
    if not targets:
        return replace(reading, live=0)
    named = {one.name: one for one in reading.labels if one.certainty is not Certainty.OPEN}
    families = [one for one in reading.labels if one.certainty is Certainty.OPEN]
    everywhere = set.intersection(*(set(labels) for labels in targets))
    seen = {name for labels in targets for name in labels}
    found = [] if complete else families
    for name in sorted(seen | named.keys()):
        before = named.get(name) or _of_families(name, families)
        always = name in everywhere and (complete or before.certainty is Certainty.ALWAYS)
        found.append(
            replace(
                before,
                certainty=Certainty.ALWAYS if always else Certainty.MAYBE,
                values=_values(name, targets),
            )
        )
    ordered = sorted(found, key=lambda one: (one.name, one.pattern or ""))
    return PoolReading(reading.job, Targets.SOME, tuple(ordered), len(targets))


def _of_families(name: str, families: Sequence[LabelReading]) -> LabelReading:
    rules = {
        rule
        for family in families
        if family.pattern and matches(family.pattern, name)
        for rule in family.rules
    }
    return LabelReading(name, Certainty.MAYBE, tuple(sorted(rules, key=lambda rule: rule.index)))


def _values(name: str, targets: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The values in order, up to a bound."""
    found = {redact_label(name, labels[name]) for labels in targets if name in labels}
    return tuple(sorted(found)[:MAX_VALUES])


def _hidden(job: str, targets: Sequence[LiveTarget]) -> PoolReading:
    """A pool of which nothing is known but its targets."""
    by_rule = frozenset[str]().union(*(target.by_rule for target in targets))
    names = {name for target in targets for name in target.labels}
    unsettled = [
        LabelReading(name, Certainty.MAYBE, (HIDDEN,) if name in by_rule else ())
        for name in sorted(names)
    ]
    bare = PoolReading(job, Targets.SOME, tuple(unsettled))
    return settle_pool(bare, [target.labels for target in targets])

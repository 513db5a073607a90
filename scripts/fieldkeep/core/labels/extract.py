"""Reads scrape pools: the labels that their targets have, and the rules that set them.

Known targets are relabelled exactly. Targets of a service discovery are relabelled by what is
possible: the result covers every target that it can deliver.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.discovery_labels import INSTANCE
from fieldkeep.core.labels.redact import redact, with_values
from fieldkeep.core.labels.relabel.families import Family
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.possible_labels import PossibleLabels
from fieldkeep.core.labels.relabel.possible_values import ANY, is_present
from fieldkeep.core.labels.relabel.relabel import Action, RelabelResult, Rule, relabel
from fieldkeep.core.labels.relabel.relabel_possible import relabel_possible
from fieldkeep.core.labels.relabel.roles import may_delete
from fieldkeep.core.labels.targets import (
    can_be_scraped,
    is_target_label,
    known_groups,
    possible_targets,
    target_labels,
)
from fieldkeep.model import Certainty, LabelReading, PoolReading, RuleRef, Targets

JOB: Final = "job"


@dataclass(frozen=True, slots=True)
class Relabelled:
    """The labels of one target, or of all targets of a discovery: those that are certainly there,
    those that may be there, and the indexes of the rules that set each last.
    """

    always: frozenset[str]
    maybe: frozenset[str]
    setters: Mapping[str, frozenset[int]]
    families: tuple[Family, ...] = ()


def read_pools(pools: Iterable[ScrapePool]) -> tuple[PoolReading, ...]:
    """The readings of pools, in the same order. Of pools that differ in their names only, and
    whose rules do not read the name, one is read for all.
    """
    by_content: dict[Hashable, PoolReading] = {}
    readings = []
    for pool in pools:
        content = _content(pool)
        if content is None:
            readings.append(read_pool(pool))
        else:
            if content not in by_content:
                by_content[content] = read_pool(pool)
            readings.append(replace(by_content[content], job=pool.job))
    return tuple(readings)


def _content(pool: ScrapePool) -> Hashable | None:
    """All that a reading depends on, without the pool's name; None if it depends on the name."""
    if pool.groups or any(map(_uses_job, pool.rules)):
        return None
    defaults = frozenset((name, value) for name, value in pool.defaults.items() if name != JOB)
    return (pool.rules, pool.discoveries, defaults, pool.engine)


def _uses_job(rule: Rule) -> bool:
    if rule.action is Action.LABELMAP:
        return matches(rule.regex, JOB)
    return JOB in rule.source_labels or rule.target_label == JOB


def read_pool(pool: ScrapePool) -> PoolReading:
    """The labels that the pool's targets have in the end; none if it certainly has no target."""
    relabelled = list(_relabelled_targets(pool))
    known = [_of_known(labels, result) for labels, result in relabelled]
    possible = list(_relabelled_discoveries(pool))
    targets = Targets.SOME if known else Targets.UNKNOWN if possible else Targets.NONE
    labels = _labels(pool.rules, known + possible)
    return PoolReading(
        pool.job, targets, with_values(labels, [on_target for on_target, _ in relabelled])
    )


def known_target_labels(pool: ScrapePool) -> Iterator[Mapping[str, str]]:
    """The labels of each known target that is not dropped."""
    return (labels for labels, _ in _relabelled_targets(pool))


def _relabelled_targets(pool: ScrapePool) -> Iterator[tuple[Mapping[str, str], RelabelResult]]:
    for group in known_groups(pool):
        results = [result for before in group if (result := relabel(pool.rules, before))]
        targets = [(target_labels(result.labels, pool.engine), result) for result in results]
        if pool.engine.drops_whole_groups and any(labels is None for labels, _ in targets):
            continue
        yield from ((labels, result) for labels, result in targets if labels)


def _of_known(labels: Mapping[str, str], result: RelabelResult) -> Relabelled:
    setters = {name: frozenset({index}) for name, index in result.setters.items()}
    return Relabelled(frozenset(labels), frozenset(), setters)


def _relabelled_discoveries(pool: ScrapePool) -> Iterator[Relabelled]:
    for before in possible_targets(pool):
        after = relabel_possible(pool.rules, before)
        if after and can_be_scraped(after.values(), pool.engine):
            yield _of_possible(after)


def _of_possible(after: PossibleLabels) -> Relabelled:
    names = {name for name in {*after.labels, INSTANCE} if is_target_label(name)}
    labels = {name: after.label(name) for name in names}
    return Relabelled(
        always=frozenset(name for name, label in labels.items() if is_present(label.value))
        | {INSTANCE},
        maybe=frozenset(name for name, label in labels.items() if label.value is ANY),
        setters={name: label.rules for name, label in labels.items()},
        families=tuple(family for family in after.families if family.has_target_labels),
    )


def _labels(rules: Sequence[Rule], outcomes: Sequence[Relabelled]) -> tuple[LabelReading, ...]:
    """In every outcome: always; in some: maybe; in a family: open. Sorted by name."""
    if not outcomes:
        return ()
    always = frozenset.intersection(*(outcome.always for outcome in outcomes))
    names = frozenset[str]().union(*(outcome.always | outcome.maybe for outcome in outcomes))
    readings = []
    for name in names:
        certainty = Certainty.ALWAYS if name in always else Certainty.MAYBE
        setters = frozenset[int]().union(*(outcome.setters.get(name, ()) for outcome in outcomes))
        deleters = _deleters(rules, name, setters)
        readings.append(LabelReading(name, certainty, _refs(rules, setters), deleters=deleters))
    for family in {family for outcome in outcomes for family in outcome.families}:
        refs = _refs(rules, family.rules)
        readings.append(
            LabelReading(family.label, Certainty.OPEN, refs, family.anchored, _why_open(refs))
        )
    return tuple(sorted(readings, key=lambda reading: (reading.name, reading.pattern or "")))


def _why_open(setters: Sequence[RuleRef]) -> str:
    if not setters:
        return "this discovery may deliver any label"
    rules = ", ".join(f"rule {rule.index} ({rule.action})" for rule in setters)
    return f"{rules} names labels by what only the discovery knows"


def _deleters(rules: Sequence[Rule], name: str, setters: frozenset[int]) -> tuple[RuleRef, ...]:
    """The rules that may delete the label after a rule has set it (or at all, if none sets it)."""
    if name == INSTANCE:
        return ()  # Prometheus puts it back
    first = min(setters, default=-1)
    indexes = [i for i, rule in enumerate(rules) if i >= first and may_delete(rule, name)]
    return _refs(rules, indexes)


def _refs(rules: Sequence[Rule], indexes: Iterable[int]) -> tuple[RuleRef, ...]:
    return tuple(
        RuleRef(
            index=index,
            source_labels=rules[index].source_labels,
            regex=redact(rules[index].regex),
            replacement=redact(rules[index].replacement),
            action=rules[index].action,
        )
        for index in sorted(indexes)
    )

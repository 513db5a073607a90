"""Reads scrape pools: the labels that their targets have, and the rules that set them.

Known targets are relabelled exactly. Targets of a service discovery are relabelled by what is
possible: the result covers every target that it can deliver.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
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
    unknown_discoveries,
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
    setters: frozenset[tuple[str, frozenset[int]]]
    families: tuple[Family, ...] = ()


def read_pools(pools: Iterable[ScrapePool]) -> tuple[PoolReading, ...]:
    """The readings of pools, in the same order. What pools with the same rules share is found out
    once: all of it if they differ in their names only, and no rule reads the name.
    """
    readers: dict[int, _PoolReader] = {}
    pools = list(pools)  # keeps the rules alive, so that their ids are unique
    readings = []
    for pool in pools:
        if id(pool.rules) not in readers:
            readers[id(pool.rules)] = _PoolReader(pool.rules)
        readings.append(readers[id(pool.rules)].read(pool))
    return tuple(readings)


def read_pool(pool: ScrapePool) -> PoolReading:
    """The labels that the pool's targets have in the end; none if it certainly has no target."""
    return _PoolReader(pool.rules).read(pool)


class _PoolReader:
    """Reads pools that have the same rules."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.refs = [_ref(index, rule) for index, rule in enumerate(rules)]
        self.uses_job = any(map(_uses_job, rules))
        self.by_content: dict[Hashable, PoolReading] = {}
        self.labels: dict[frozenset[Relabelled], tuple[LabelReading, ...]] = {}

    def read(self, pool: ScrapePool) -> PoolReading:
        if self.uses_job or pool.groups:
            return self.read_content(pool)
        content = _content(pool)
        if content not in self.by_content:
            self.by_content[content] = self.read_content(pool)
        return replace(self.by_content[content], job=pool.job)

    def read_content(self, pool: ScrapePool) -> PoolReading:
        relabelled = list(_relabelled_targets(pool))
        known = [_of_known(labels, result) for labels, result in relabelled]
        possible = list(_relabelled_discoveries(pool))
        targets = Targets.SOME if known else Targets.UNKNOWN if possible else Targets.NONE
        outcomes = frozenset(known + possible)
        if outcomes not in self.labels:
            self.labels[outcomes] = _labels(self.rules, self.refs, outcomes)
        labels = self.labels[outcomes]
        return PoolReading(
            pool.job, targets, with_values(labels, [on_target for on_target, _ in relabelled])
        )


def _content(pool: ScrapePool) -> Hashable:
    """All that the reading of a pool without known targets depends on, but its rules and name."""
    defaults = frozenset((name, value) for name, value in pool.defaults.items() if name != JOB)
    return unknown_discoveries(pool), defaults, pool.engine


def _uses_job(rule: Rule) -> bool:
    if rule.action is Action.LABELMAP:
        return matches(rule.regex, JOB)
    return JOB in rule.source_labels or rule.target_label == JOB


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
    setters = frozenset((name, frozenset({index})) for name, index in result.setters.items())
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
        setters=frozenset((name, label.rules) for name, label in labels.items()),
        families=tuple(family for family in after.families if family.has_target_labels),
    )


def _labels(
    rules: Sequence[Rule], refs: Sequence[RuleRef], outcomes: AbstractSet[Relabelled]
) -> tuple[LabelReading, ...]:
    """In every outcome: always; in some: maybe; in a family: open. Sorted by name."""
    if not outcomes:
        return ()
    always = frozenset.intersection(*(outcome.always for outcome in outcomes))
    names = frozenset[str]().union(*(outcome.always | outcome.maybe for outcome in outcomes))
    setters_of = defaultdict[str, set[int]](set)
    for name, indexes in (pair for outcome in outcomes for pair in outcome.setters):
        setters_of[name] |= indexes
    deleting = _Deleting(rules)
    readings = []
    for name in names:
        certainty = Certainty.ALWAYS if name in always else Certainty.MAYBE
        setters = setters_of[name]
        deleters = deleting.of(name, setters)
        readings.append(
            LabelReading(name, certainty, _of(refs, setters), deleters=_of(refs, deleters))
        )
    for family in {family for outcome in outcomes for family in outcome.families}:
        setting = _of(refs, family.rules)
        readings.append(
            LabelReading(family.label, Certainty.OPEN, setting, family.anchored, _why_open(setting))
        )
    return tuple(sorted(readings, key=lambda reading: (reading.name, reading.pattern or "")))


def _why_open(setters: Sequence[RuleRef]) -> str:
    if not setters:
        return "this discovery may deliver any label"
    rules = ", ".join(f"rule {rule.index} ({rule.action})" for rule in setters)
    return f"{rules} names labels by what only the discovery knows"


class _Deleting:
    """The rules that may delete labels, found without a look at each rule for each label: a
    thousand rules that set a label each are common in a generated configuration."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.by_pattern: list[int] = []
        self.by_name = defaultdict[str, list[int]](list)
        for index, rule in enumerate(rules):
            if rule.action in (Action.LABELDROP, Action.LABELKEEP):
                self.by_pattern.append(index)
            else:
                self.by_name[rule.target_label].append(index)

    def of(self, name: str, setters: AbstractSet[int]) -> Sequence[int]:
        """The rules that may delete the label after a rule has set it (or at all, if none sets
        it)."""
        if name == INSTANCE:
            return ()  # Prometheus puts it back
        first = min(setters, default=0)
        candidates = [*self.by_pattern, *self.by_name.get(name, ())]
        return [i for i in candidates if i >= first and may_delete(self.rules[i], name)]


def _of(refs: Sequence[RuleRef], indexes: Iterable[int]) -> tuple[RuleRef, ...]:
    return tuple(refs[index] for index in sorted(indexes))


def _ref(index: int, rule: Rule) -> RuleRef:
    return RuleRef(
        index=index,
        source_labels=rule.source_labels,
        regex=redact(rule.regex),
        replacement=redact(rule.replacement),
        action=rule.action,
    )

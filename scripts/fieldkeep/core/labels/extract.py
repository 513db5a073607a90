"""Which labels the targets of a scrape pool carry, and who sets them.

Targets that the configuration spells out are run exactly. Those that only a service discovery
knows are read abstractly: the result holds whatever it delivers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fieldkeep.core.labels.config.config import Pool
from fieldkeep.core.labels.config.discovery import Known
from fieldkeep.core.labels.label_explanation import may_delete
from fieldkeep.core.labels.redact import redact
from fieldkeep.core.labels.relabel.abstract import relabel_unseen
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.names import Family
from fieldkeep.core.labels.relabel.possible import Possible
from fieldkeep.core.labels.relabel.relabel import Action, Rule, relabel
from fieldkeep.core.labels.relabel.value import ANY, present
from fieldkeep.core.labels.targets import (
    INSTANCE,
    after,
    can_be_scraped,
    exact_starts,
    unseen_starts,
    visible,
)
from fieldkeep.model import Certainty, LabelReading, PoolReading, RuleRef, Targets

JOB: Final = "job"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of one target, or of every target of a discovery: labels that are surely
    there, labels that may be, and the rules that set them last.
    """

    always: frozenset[str]
    maybe: frozenset[str]
    setters: Mapping[str, frozenset[int]]
    families: tuple[Family, ...] = ()


def read_pools(pools: Iterable[Pool]) -> tuple[PoolReading, ...]:
    """A reading for each pool, in their order. Pools that differ in name only, and whose rules
    do not ask for it, are read once: a rule that jobs share by alias is analysed once.
    """
    known: dict[Hashable, PoolReading] = {}
    readings = []
    for pool in pools:
        key = _shared(pool)
        if key is None:
            readings.append(read_pool(pool))
        else:
            known[key] = known[key] if key in known else read_pool(pool)
            readings.append(replace(known[key], job=pool.job))
    return tuple(readings)


def _shared(pool: Pool) -> Hashable | None:
    """What a reading depends on, but for the pool's name; None where it depends on that too."""
    if any(isinstance(one, Known) for one in pool.discoveries) or any(map(_asks_job, pool.rules)):
        return None
    given = frozenset((name, value) for name, value in pool.given.items() if name != JOB)
    return (pool.rules, pool.discoveries, given, pool.version)


def _asks_job(rule: Rule) -> bool:
    """Whether a rule may make something of the job's name."""
    if rule.action is Action.LABELMAP:
        return matches(rule.regex, JOB)
    return JOB in rule.source_labels or rule.target_label == JOB


def read_pool(pool: Pool) -> PoolReading:
    """The labels that the pool's targets end up with; none if it surely has no target."""
    known = list(_known(pool))
    unseen = list(_unseen(pool))
    targets = Targets.SOME if known else Targets.UNKNOWN if unseen else Targets.NONE
    return PoolReading(pool.job, targets, _labels(pool.rules, known + unseen))


def shown_targets(pool: Pool) -> Iterator[Mapping[str, str]]:
    """The labels of each target that is spelt out and survives."""
    for labels in exact_starts(pool):
        result = relabel(pool.rules, labels)
        if result and (shown := after(result.labels, pool.version)):
            yield shown


def _known(pool: Pool) -> Iterator[Outcome]:
    """An outcome for each target that is spelt out and survives."""
    for labels in exact_starts(pool):
        result = relabel(pool.rules, labels)
        if result and (shown := after(result.labels, pool.version)):
            setters = {name: frozenset({index}) for name, index in result.setters.items()}
            yield Outcome(frozenset(shown), frozenset(), setters)


def _unseen(pool: Pool) -> Iterator[Outcome]:
    """An outcome for each kind of targets that may be there and may survive."""
    for possible in unseen_starts(pool):
        result = relabel_unseen(pool.rules, possible)
        if result and can_be_scraped(result.values(), pool.version):
            yield _outcome(result)


def _outcome(result: Possible) -> Outcome:
    shown = {name: result.label(name) for name in {*result.labels, INSTANCE} if visible(name)}
    return Outcome(
        always=frozenset(name for name, label in shown.items() if present(label.value))
        | {INSTANCE},
        maybe=frozenset(name for name, label in shown.items() if label.value is ANY),
        setters={name: label.rules for name, label in shown.items()},
        families=tuple(family for family in result.families if family.visible),
    )


def _labels(rules: Sequence[Rule], outcomes: Sequence[Outcome]) -> tuple[LabelReading, ...]:
    """On every outcome: always; on any: maybe; in a family: open. Sorted by name."""
    if not outcomes:
        return ()
    always = frozenset.intersection(*(outcome.always for outcome in outcomes))
    named = frozenset[str]().union(*(outcome.always | outcome.maybe for outcome in outcomes))
    readings = []
    for name in named:
        certainty = Certainty.ALWAYS if name in always else Certainty.MAYBE
        setters = frozenset[int]().union(*(found.setters.get(name, ()) for found in outcomes))
        readings.append(
            LabelReading(
                name, certainty, _refs(rules, setters), deleters=_deleters(rules, name, setters)
            )
        )
    for family in {family for outcome in outcomes for family in outcome.families}:
        refs = _refs(rules, family.rules)
        readings.append(
            LabelReading(family.written, Certainty.OPEN, refs, family.anchored, _why_open(refs))
        )
    return tuple(sorted(readings, key=lambda reading: (reading.name, reading.pattern or "")))


def _why_open(setters: Sequence[RuleRef]) -> str:
    if not setters:
        return "this discovery may deliver any label"
    listed = ", ".join(f"rule {rule.index} ({rule.action})" for rule in setters)
    return f"{listed} names labels by what only the discovery knows"


def _deleters(rules: Sequence[Rule], name: str, setters: frozenset[int]) -> tuple[RuleRef, ...]:
    """Rules behind the first that sets the label (or any, of a label that none sets)."""
    if name == INSTANCE:
        return ()  # Prometheus puts it back
    first = min(setters, default=-1)
    found = [index for index, rule in enumerate(rules) if index >= first and may_delete(rule, name)]
    return _refs(rules, found)


def _refs(rules: Sequence[Rule], indexes: Iterable[int]) -> tuple[RuleRef, ...]:
    found = [(index, rules[index]) for index in sorted(indexes)]
    return tuple(
        RuleRef(
            index, rule.source_labels, redact(rule.regex), redact(rule.replacement), rule.action
        )
        for index, rule in found
    )

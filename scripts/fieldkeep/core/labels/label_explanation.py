"""Explains a label: the rules that touch it, and its values before and after each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.discovery_labels import ADDRESS
from fieldkeep.core.labels.redact import redact_label
from fieldkeep.core.labels.relabel.relabel import Rule, relabel
from fieldkeep.core.labels.relabel.roles import Role, role_of
from fieldkeep.core.labels.targets import known_targets
from fieldkeep.model import Place


@dataclass(frozen=True, slots=True)
class RuleStep:
    """A rule that touches a label. ``before`` and ``after`` are the label's values on the example
    target: "" if the label is absent, None if there is no example or a rule has dropped it."""

    index: int
    rule: Rule
    role: Role
    where: Place | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """The steps of a label in one scrape pool; ``target`` is the address of the example."""

    job: str
    target: str | None
    steps: tuple[RuleStep, ...]


def explain_label(pool: ScrapePool, name: str) -> LabelExplanation:
    """Every rule that touches the label, in order."""
    target = _example(pool, name)
    steps = []
    for index, rule in enumerate(pool.rules):
        role = role_of(rule, name)
        if role is None:
            continue
        where = pool.notes[index].where if index < len(pool.notes) else None
        before, after = None, None
        if target is not None:
            before, after = (_value(pool.rules[:n], target, name) for n in (index, index + 1))
        steps.append(RuleStep(index, rule, role, where, before, after))
    return LabelExplanation(pool.job, target[ADDRESS] if target else None, tuple(steps))


def _example(pool: ScrapePool, name: str) -> Mapping[str, str] | None:
    """A known target that has the label in the end, else the first known target."""
    first: Mapping[str, str] | None = None
    for labels in known_targets(pool):
        first = first if first is not None else labels
        result = relabel(pool.rules, labels)
        if result is not None and name in result.labels:
            return labels
    return first


def _value(rules: Sequence[Rule], target: Mapping[str, str], name: str) -> str | None:
    result = relabel(rules, target)
    return None if result is None else redact_label(name, result.labels.get(name, ""))

"""Which rules touch a label, and what each makes of it on one target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fieldkeep.core.labels.config.config import Pool
from fieldkeep.core.labels.redact import redact_label
from fieldkeep.core.labels.relabel.goregex import Group, compiled, expand, matches, template
from fieldkeep.core.labels.relabel.names import image
from fieldkeep.core.labels.relabel.relabel import Action, Rule, relabel
from fieldkeep.core.labels.targets import exact_starts
from fieldkeep.model import Place

_SETS: Final = (Action.REPLACE, Action.HASHMOD, Action.LOWERCASE, Action.UPPERCASE)
_EQUALS: Final = (Action.KEEPEQUAL, Action.DROPEQUAL)


class Role(StrEnum):
    """What a rule has to do with a label."""

    SETS = "sets"
    MAY_SET = "may set"
    DELETES = "deletes"
    READS = "reads"


@dataclass(frozen=True, slots=True)
class Touch:
    """A rule that touches a label; ``before`` and ``after`` are the label's values on the
    example target ("" is none), None where there is none or it was dropped."""

    index: int
    rule: Rule
    role: Role
    where: Place | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """What happens to a label in a scrape pool; ``target`` is the example's address."""

    job: str
    target: str | None
    touches: tuple[Touch, ...]


def explain_label(pool: Pool, name: str) -> LabelExplanation:
    """Every rule that touches the label, in order."""
    touching = list(_touching(pool.rules, name))
    target = _example(pool, name)
    touches = []
    for index, role in touching:
        where = pool.notes[index].where if index < len(pool.notes) else None
        before, after = None, None
        if target is not None:
            before, after = (_value(pool.rules[:n], target, name) for n in (index, index + 1))
        touches.append(Touch(index, pool.rules[index], role, where, before, after))
    return LabelExplanation(pool.job, target["__address__"] if target else None, tuple(touches))


def may_delete(rule: Rule, name: str) -> bool:
    """Whether the rule deletes the label from some target that may be."""
    match rule.action:
        case Action.LABELDROP:
            return matches(rule.regex, name)
        case Action.LABELKEEP:
            return not matches(rule.regex, name)
        case Action.LOWERCASE | Action.UPPERCASE:
            return rule.target_label == name
        case Action.REPLACE if rule.target_label == name:
            return not any(isinstance(part, str) for part in template(rule.replacement))
        case _:
            return False


def empties(rule: Rule) -> bool:
    """Whether a replace without any of its sources there deletes its target."""
    whole = rule.separator * max(len(rule.source_labels) - 1, 0)
    found = compiled(rule.regex, rule.version.dotall).match(whole)
    return found is not None and expand(rule.replacement, found) == ""


def _touching(rules: Sequence[Rule], name: str) -> Iterator[tuple[int, Role]]:
    for index, rule in enumerate(rules):
        role = _role(rule, name)
        if role is not None:
            yield index, role


def _role(rule: Rule, name: str) -> Role | None:
    if rule.action in _SETS and rule.target_label == name:
        return Role.SETS
    if rule.action in (Action.LABELDROP, Action.LABELKEEP):
        return Role.DELETES if may_delete(rule, name) else None
    if rule.action is Action.REPLACE and _is_template(rule.target_label):
        if matches(image(rule.regex, rule.target_label), name):
            return Role.MAY_SET
    elif rule.action is Action.LABELMAP and matches(image(rule.regex, rule.replacement), name):
        return Role.MAY_SET
    reads = name in rule.source_labels or (rule.action in _EQUALS and name == rule.target_label)
    return Role.READS if reads else None


def _is_template(text: str) -> bool:
    return any(isinstance(part, Group) for part in template(text))


def _example(pool: Pool, name: str) -> Mapping[str, str] | None:
    """A known target that ends up with the label, else any that is known."""
    first: Mapping[str, str] | None = None
    for labels in exact_starts(pool):
        first = first if first is not None else labels
        result = relabel(pool.rules, labels)
        if result is not None and name in result.labels:
            return labels
    return first


def _value(rules: Sequence[Rule], target: Mapping[str, str], name: str) -> str | None:
    result = relabel(rules, target)
    return None if result is None else redact_label(name, result.labels.get(name, ""))

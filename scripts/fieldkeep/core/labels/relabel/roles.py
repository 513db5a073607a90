"""Roles of a rule towards a label: it sets, may set, deletes or reads it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fieldkeep.core.labels.relabel.families import expansion_pattern, mapped_names
from fieldkeep.core.labels.relabel.goregex import GroupRef, matches, template
from fieldkeep.core.labels.relabel.relabel import Action, Rule

_SETS: Final = (Action.REPLACE, Action.HASHMOD, Action.LOWERCASE, Action.UPPERCASE)
_COMPARES: Final = (Action.KEEPEQUAL, Action.DROPEQUAL)


class Role(StrEnum):
    """The relation of a rule to a label."""

    SETS = "sets"
    MAY_SET = "may set"
    DELETES = "deletes"
    READS = "reads"


def role_of(rule: Rule, name: str) -> Role | None:
    """The role of a rule towards a label; None if it does not touch it."""
    if rule.action in _SETS and rule.target_label == name:
        return Role.SETS
    if rule.action in (Action.LABELDROP, Action.LABELKEEP):
        return Role.DELETES if may_delete(rule, name) else None
    names = _names_pattern(rule)
    if names is not None and matches(names, name):
        return Role.MAY_SET
    reads = name in rule.source_labels or (rule.action in _COMPARES and name == rule.target_label)
    return Role.READS if reads else None


def may_delete(rule: Rule, name: str) -> bool:
    """Whether the rule deletes the label of some possible target."""
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


def _names_pattern(rule: Rule) -> str | None:
    """A pattern of the names that the rule sets, if it does not set a fixed one."""
    if rule.action is Action.LABELMAP:
        return mapped_names(rule.regex, rule.replacement)
    is_template = any(isinstance(part, GroupRef) for part in template(rule.target_label))
    if rule.action is Action.REPLACE and is_template:
        return expansion_pattern(rule.regex, rule.target_label)
    return None

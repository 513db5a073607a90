"""Relabel rules, and relabelling of a target whose labels are known.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config and
Prometheus' model/relabel. A label with an empty value is an absent one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine
from fieldkeep.core.labels.relabel.goregex import expand, matches, replace_all, search


class Action(StrEnum):
    """The action of a rule, as a configuration spells it."""

    REPLACE = "replace"
    KEEP = "keep"
    DROP = "drop"
    KEEPEQUAL = "keepequal"
    DROPEQUAL = "dropequal"
    HASHMOD = "hashmod"
    LABELMAP = "labelmap"
    LABELDROP = "labeldrop"
    LABELKEEP = "labelkeep"
    LOWERCASE = "lowercase"
    UPPERCASE = "uppercase"


@dataclass(frozen=True, slots=True)
class Rule:
    """A relabel rule with Prometheus' defaults filled in, and the release that runs it."""

    source_labels: tuple[str, ...] = ()
    separator: str = ";"
    regex: str = "(.*)"
    modulus: int = 0
    target_label: str = ""
    replacement: str = "$1"
    action: Action = Action.REPLACE
    engine: Engine = DEFAULT_ENGINE

    def matches(self, text: str) -> bool:
        """Whether the regex matches."""
        return matches(self.regex, text, self.engine.dotall)


@dataclass(frozen=True, slots=True)
class RelabelResult:
    """A target's labels after its rules; ``setters``: the index of the rule that set each last."""

    labels: Mapping[str, str]
    setters: Mapping[str, int]


def relabel(rules: Sequence[Rule], labels: Mapping[str, str]) -> RelabelResult | None:
    """The labels of one target after all rules, or None if a rule drops it."""
    target = _Target({name: value for name, value in labels.items() if value})
    for index, rule in enumerate(rules):
        if not _keeps(rule, target):
            return None
        for name, value in _assignments(rule, target):
            target.set(name, value, index)
    return RelabelResult(target.labels, target.setters)


class _Target:
    """A target's labels between two rules."""

    __slots__ = ("labels", "setters")

    def __init__(self, labels: dict[str, str]) -> None:
        self.labels = labels
        self.setters: dict[str, int] = {}

    def joined(self, rule: Rule) -> str:
        return rule.separator.join(self.labels.get(name, "") for name in rule.source_labels)

    def set(self, name: str, value: str, index: int) -> None:
        if value:
            self.labels[name] = value
            self.setters[name] = index
        else:
            self.labels.pop(name, None)
            self.setters.pop(name, None)


def _keeps(rule: Rule, target: _Target) -> bool:
    match rule.action:
        case Action.KEEP:
            return rule.matches(target.joined(rule))
        case Action.DROP:
            return not rule.matches(target.joined(rule))
        case Action.KEEPEQUAL:
            return target.labels.get(rule.target_label, "") == target.joined(rule)
        case Action.DROPEQUAL:
            return target.labels.get(rule.target_label, "") != target.joined(rule)
        case _:
            return True


def _assignments(rule: Rule, target: _Target) -> Iterable[tuple[str, str]]:
    """The labels that a rule sets, in order; an empty value deletes."""
    match rule.action:
        case Action.REPLACE:
            return _replace(rule, target.joined(rule))
        case Action.HASHMOD:
            return [(rule.target_label, hashmod(target.joined(rule), rule.modulus))]
        case Action.LOWERCASE | Action.UPPERCASE:
            return [(rule.target_label, change_case(rule.action, target.joined(rule)))]
        case Action.LABELMAP:
            return _labelmap(rule, target.labels)
        case Action.LABELDROP | Action.LABELKEEP:
            deletes_matches = rule.action is Action.LABELDROP
            return [(name, "") for name in target.labels if rule.matches(name) is deletes_matches]
        case _:
            return ()


def _labelmap(rule: Rule, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """If two labels map to one name, the last in sorted order wins (any, in Prometheus)."""
    mapped = (
        (replace_all(rule.regex, rule.replacement, name, rule.engine.dotall), value)
        for name, value in sorted(labels.items())
    )
    return [(name, value) for name, value in mapped if name is not None]


def _replace(rule: Rule, source: str) -> list[tuple[str, str]]:
    match = search(rule.regex, source, rule.engine.dotall)
    if match is None:
        return []
    name, value = expand(rule.target_label, match), expand(rule.replacement, match)
    if not value and not rule.engine.deletes_expanded_name:
        name = rule.target_label
    return [(name, value)] if rule.engine.is_target_name(name) else []


def hashmod(text: str, modulus: int) -> str:
    """The last eight bytes of the text's MD5 sum as a number, modulo ``modulus``."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return str(int.from_bytes(digest[8:]) % modulus)


def change_case(action: Action, text: str) -> str:
    """Changes case one character at a time, as Go does: ``ß``, which would grow, stays."""
    change = str.upper if action is Action.UPPERCASE else str.lower
    return "".join(new if len(new := change(char)) == 1 else char for char in text)

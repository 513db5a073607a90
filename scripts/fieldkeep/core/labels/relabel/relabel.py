"""Relabel rules, and what they do to a target whose labels are known.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config and
Prometheus' model/relabel. A label with an empty value is an absent one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fieldkeep.core.labels.relabel.goregex import compiled, expand, matches
from fieldkeep.core.labels.relabel.version import NEWEST, Version


class Action(StrEnum):
    """What a rule does, as it is written."""

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
    """A relabel rule with Prometheus' defaults filled in, for the release that runs it."""

    source_labels: tuple[str, ...] = ()
    separator: str = ";"
    regex: str = "(.*)"
    modulus: int = 0
    target_label: str = ""
    replacement: str = "$1"
    action: Action = Action.REPLACE
    version: Version = NEWEST

    def fits(self, text: str) -> bool:
        """Whether the regex matches a text as a whole."""
        return matches(self.regex, text, self.version.dotall)


@dataclass(frozen=True, slots=True)
class Relabelled:
    """What a target carries after its rules; ``setters`` gives the rule that set a label last."""

    labels: Mapping[str, str]
    setters: Mapping[str, int]


def relabel(rules: Sequence[Rule], labels: Mapping[str, str]) -> Relabelled | None:
    """The labels of one target after all rules, or None if a rule drops it."""
    target = _Target({name: value for name, value in labels.items() if value})
    for index, rule in enumerate(rules):
        if not _kept(rule, target):
            return None
        for name, value in _assignments(rule, target):
            target.set(name, value, index)
    return Relabelled(target.labels, target.setters)


class _Target:
    """The labels of a target on its way through the rules."""

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


def _kept(rule: Rule, target: _Target) -> bool:
    match rule.action:
        case Action.KEEP:
            return rule.fits(target.joined(rule))
        case Action.DROP:
            return not rule.fits(target.joined(rule))
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
            return _replaced(rule, target.joined(rule))
        case Action.HASHMOD:
            return [(rule.target_label, hashmod(target.joined(rule), rule.modulus))]
        case Action.LOWERCASE | Action.UPPERCASE:
            return [(rule.target_label, cased(rule.action, target.joined(rule)))]
        case Action.LABELMAP:
            return _mapped(rule, target.labels)
        case Action.LABELDROP | Action.LABELKEEP:
            drops = rule.action is Action.LABELDROP
            return [(name, "") for name in target.labels if rule.fits(name) is drops]
        case _:
            return ()


def _mapped(rule: Rule, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Prometheus goes through the labels in no fixed order; sorted, the last of two wins."""
    regex = compiled(rule.regex, rule.version.dotall)
    return [
        (expand(rule.replacement, found), value)
        for name, value in sorted(labels.items())
        if (found := regex.match(name))
    ]


def _replaced(rule: Rule, value: str) -> list[tuple[str, str]]:
    found = compiled(rule.regex, rule.version.dotall).match(value)
    if found is None:
        return []
    name, new = expand(rule.target_label, found), expand(rule.replacement, found)
    if not new and not rule.version.deletes_by_template:
        name = rule.target_label
    return [(name, new)] if rule.version.admits(name) else []


def hashmod(text: str, modulus: int) -> str:
    """The last eight bytes of the MD5 sum as a number, modulo ``modulus``."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return str(int.from_bytes(digest[8:]) % modulus)


def cased(action: Action, text: str) -> str:
    """Go changes case rune by rune: what would grow (``ß`` to ``SS``) stays as it is."""
    change = str.upper if action is Action.UPPERCASE else str.lower
    return "".join(new if len(new := change(char)) == 1 else char for char in text)

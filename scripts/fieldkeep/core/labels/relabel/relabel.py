"""Relabel rules, and relabelling of a target whose labels are known.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config and
Prometheus' model/relabel. A label with an empty value is an absent one, except between the rules
of VictoriaMetrics (https://docs.victoriametrics.com/victoriametrics/relabeling/).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from fieldkeep.core.labels.relabel.conditions import NAME, Condition, holds
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine
from fieldkeep.core.labels.relabel.goregex import expand, literal, matches, replace_all, search
from fieldkeep.core.labels.relabel.xxhash64 import xxh64

ANY_TEXT: Final = "(.*)"
REFERENCE: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_SIGN_BIT: Final = 2**63


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
    # VictoriaMetrics only
    REPLACE_ALL = "replace_all"
    LABELMAP_ALL = "labelmap_all"
    KEEP_IF_CONTAINS = "keep_if_contains"
    DROP_IF_CONTAINS = "drop_if_contains"
    KEEP_IF_EQUAL = "keep_if_equal"
    DROP_IF_EQUAL = "drop_if_equal"
    GRAPHITE = "graphite"


# The actions that may drop a target.
_FILTERS: Final = frozenset(
    {
        Action.KEEP,
        Action.DROP,
        Action.KEEPEQUAL,
        Action.DROPEQUAL,
        Action.KEEP_IF_CONTAINS,
        Action.DROP_IF_CONTAINS,
        Action.KEEP_IF_EQUAL,
        Action.DROP_IF_EQUAL,
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A relabel rule with its engine's defaults filled in. ``condition``, and with action graphite
    ``templates`` (a replacement for each label), exist in VictoriaMetrics only."""

    source_labels: tuple[str, ...] = ()
    separator: str = ";"
    regex: str = "(.*)"
    modulus: int = 0
    target_label: str = ""
    replacement: str = "$1"
    action: Action = Action.REPLACE
    engine: Engine = DEFAULT_ENGINE
    condition: Condition = ()
    templates: tuple[tuple[str, str], ...] = ()

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
    target = _Target(rules[0].engine if rules else DEFAULT_ENGINE, labels)
    for index, rule in enumerate(rules):
        if rule.condition and not holds(rule.condition, target.labels):
            if rule.action is Action.KEEP:
                return None
            continue
        if rule.action in _FILTERS and not _keeps(rule, target):
            return None
        for name, value in _assignments(rule, target):
            target.set(name, value, index)
    return target.result()


class _Target:
    """A target's labels between two rules, in the order in which a labelmap goes through them."""

    __slots__ = ("engine", "labels", "setters")

    def __init__(self, engine: Engine, labels: Mapping[str, str]) -> None:
        self.engine = engine
        self.labels = {
            name: labels[name] for name in sorted(labels) if labels[name] or engine.keeps_emptied
        }
        self.setters: dict[str, int] = {}

    def joined(self, rule: Rule) -> str:
        return rule.separator.join([self.labels.get(name, "") for name in rule.source_labels])

    def set(self, name: str, value: str | None, index: int) -> None:
        """Set a label, or delete it (None)."""
        if value or (value is not None and self.engine.keeps_emptied):
            self.labels[name] = value
            self.setters[name] = index
        else:
            self.labels.pop(name, None)
            self.setters.pop(name, None)

    def result(self) -> RelabelResult:
        if not self.engine.keeps_emptied:
            return RelabelResult(self.labels, self.setters)
        labels = {name: value for name, value in self.labels.items() if name and value}
        setters = {name: index for name, index in self.setters.items() if name in labels}
        return RelabelResult(labels, setters)


def _keeps(rule: Rule, target: _Target) -> bool:
    labels = target.labels
    match rule.action:
        case Action.KEEP:
            return rule.matches(target.joined(rule))
        case Action.DROP:
            return not rule.matches(target.joined(rule))
        case Action.KEEPEQUAL:
            return labels.get(rule.target_label, "") == target.joined(rule)
        case Action.DROPEQUAL:
            return labels.get(rule.target_label, "") != target.joined(rule)
        case Action.KEEP_IF_CONTAINS | Action.DROP_IF_CONTAINS:
            whole = labels.get(rule.target_label, "")
            contains = all(labels.get(name, "") in whole for name in rule.source_labels)
            return contains is (rule.action is Action.KEEP_IF_CONTAINS)
        case Action.KEEP_IF_EQUAL | Action.DROP_IF_EQUAL:
            equal = len({labels.get(name, "") for name in rule.source_labels}) == 1
            return equal is (rule.action is Action.KEEP_IF_EQUAL)
        case _:
            raise AssertionError(rule.action)


def _assignments(rule: Rule, target: _Target) -> Iterable[tuple[str, str | None]]:
    """The labels that a rule sets, in order; an empty value or None deletes."""
    match rule.action:
        case Action.REPLACE:
            return _replace(rule, target)
        case Action.REPLACE_ALL:
            source = target.joined(rule)
            replaced = replace_matches(rule, source)
            return [] if replaced == source else [(rule.target_label, replaced)]
        case Action.HASHMOD:
            return [(rule.target_label, hash_of(rule, target.joined(rule)))]
        case Action.LOWERCASE | Action.UPPERCASE:
            return [(rule.target_label, change_case(rule.action, target.joined(rule)))]
        case Action.LABELMAP if target.engine.keeps_emptied:
            return _labelmap_in_place(rule, target)
        case Action.LABELMAP:
            return _labelmap(rule, target.labels)
        case Action.LABELMAP_ALL:
            return _labelmap_all(rule, target.labels)
        case Action.LABELDROP | Action.LABELKEEP:
            deletes_matches = rule.action is Action.LABELDROP
            return [(name, None) for name in target.labels if rule.matches(name) is deletes_matches]
        case Action.GRAPHITE:
            match = search(rule.regex, target.labels.get(NAME, ""))
            return [(name, expand(text, match)) for name, text in rule.templates if match]
        case _:
            return ()


def _labelmap(rule: Rule, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """If two labels map to one name, the last in sorted order wins (any, in Prometheus)."""
    mapped = (
        (replace_all(rule.regex, rule.replacement, name, rule.engine.dotall), value)
        for name, value in sorted(labels.items())
    )
    return [(name, value) for name, value in mapped if name is not None]


def _labelmap_in_place(rule: Rule, target: _Target) -> Iterator[tuple[str, str]]:
    """Each label when its turn comes: a label before it may have changed it."""
    for name in list(target.labels):
        mapped = mapped_name(rule, name)
        if mapped != name:
            yield mapped, target.labels[name]


def mapped_name(rule: Rule, name: str) -> str:
    """The name that a labelmap gives to a label; the same if its regex does not match."""
    match = search(rule.regex, name, dotall=False) if rule.matches(name) else None
    return expand(rule.replacement, match) if match else name


def _labelmap_all(rule: Rule, labels: Mapping[str, str]) -> list[tuple[str, str | None]]:
    """Every label under its new name. Of two that get one name, the first is read."""
    renamed: dict[str, str] = {}
    for name, value in labels.items():
        renamed.setdefault(replace_matches(rule, name), value)
    changed = [name for name in labels if replace_matches(rule, name) != name]
    if not changed:
        return []
    return [*((name, None) for name in labels), *renamed.items()]


def replace_matches(rule: Rule, text: str) -> str:
    """A text, in which every match of the regex is replaced; as ``replace_all`` does."""
    replaced = replace_all(rule.regex, rule.replacement, text, anchored=False)
    return text if replaced is None else replaced


def _replace(rule: Rule, target: _Target) -> Sequence[tuple[str, str]]:
    source = target.joined(rule)
    if rule.engine.expands_one_line:
        matched = rule.matches(source)
        return [replace_one_line(rule, source, target.labels)] if matched else ()
    return _replaced(rule, source)


@lru_cache(maxsize=4096)  # most targets lack most of the labels that rules read
def _replaced(rule: Rule, source: str) -> tuple[tuple[str, str], ...]:
    match = search(rule.regex, source, rule.engine.dotall)
    if match is None:
        return ()
    name, value = expand(rule.target_label, match), expand(rule.replacement, match)
    if not value and not rule.engine.deletes_expanded_name:
        name = rule.target_label
    return ((name, value),) if rule.engine.is_target_name(name) else ()


def replace_one_line(rule: Rule, source: str, labels: Mapping[str, str]) -> tuple[str, str]:
    """The label that a replace sets, once its regex has matched, if dots capture no line break."""
    replacement = REFERENCE.sub(lambda match: labels.get(match[1], ""), rule.replacement)
    match = search(rule.regex, source, dotall=False)
    name = expand(rule.target_label, match) if match else literal(rule.target_label)
    if rule.regex == ANY_TEXT and "$" not in rule.target_label + rule.replacement:
        return name, replacement
    if match:
        return name, expand(replacement, match)
    return name, source if replacement == rule.replacement else literal(replacement)


def hash_of(rule: Rule, text: str) -> str:
    """The value that a hashmod gives to the joined values of its source labels."""
    if not rule.engine.hash64:
        return hashmod(text, rule.modulus)
    number = xxh64(text.encode()) % rule.modulus
    return str(number - 2 * _SIGN_BIT if number >= _SIGN_BIT else number)  # printed with a sign


def hashmod(text: str, modulus: int) -> str:
    """The last eight bytes of the text's MD5 sum as a number, modulo ``modulus``."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return str(int.from_bytes(digest[8:]) % modulus)


def change_case(action: Action, text: str) -> str:
    """Changes case one character at a time, as Go does: ``ß``, which would grow, stays."""
    change = str.upper if action is Action.UPPERCASE else str.lower
    return "".join(new if len(new := change(char)) == 1 else char for char in text)

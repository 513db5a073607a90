"""Reads relabel_configs, and refuses every rule that Prometheus refuses.

Rules that jobs share by YAML aliases are read once: an alias has the node of its anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.config import known_fields, own_rules
from fieldkeep.core.labels.config.decode import fields, items, label_names, null, text
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar, job_fault, refusal
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine, first_release_with_action
from fieldkeep.core.labels.relabel.goregex import is_regex
from fieldkeep.core.labels.relabel.relabel import Action, Rule
from fieldkeep.model import Place

DEFAULT: Final = Rule()
# The values of absent fields in a configuration printed by a server, which omits empty texts.
PRINTED: Final = Rule(separator="", replacement="")
_NEEDS_TARGET: Final = frozenset(
    {
        Action.REPLACE,
        Action.HASHMOD,
        Action.LOWERCASE,
        Action.UPPERCASE,
        Action.KEEPEQUAL,
        Action.DROPEQUAL,
    }
)
_COMPARES: Final = frozenset({Action.KEEPEQUAL, Action.DROPEQUAL})
_CHANGES_CASE: Final = frozenset({Action.LOWERCASE, Action.UPPERCASE})
MAX_UINT64: Final = 2**64
_NUMBERS: Final = (
    (re.compile(r"0[xX][0-9a-fA-F]+"), 16),
    (re.compile(r"0[bB][01]+"), 2),
    (re.compile(r"0[oO]?[0-7]*"), 8),
    (re.compile(r"[0-9]{1,20}"), 10),
)
_SELECTS_NAMES: Final = frozenset({Action.LABELDROP, Action.LABELKEEP})
# A target_label of legacy names: a label name that may contain group references.
_TEMPLATE: Final = re.compile(r"((?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class RuleNote:
    """How a rule is written: its place, the place of each field it has, and the null fields."""

    where: Place
    fields: Mapping[str, Place]
    nulls: frozenset[str]


class RuleReader:
    """Reads rules. A node is read once, however many jobs share it."""

    def __init__(self, engine: Engine = DEFAULT_ENGINE, printed: bool = False) -> None:
        self.engine = engine
        self._legacy = replace(engine, utf8_targets=False)
        self._printed = printed
        self._absent = PRINTED if printed and not engine.prints_empty else DEFAULT
        self._notes: dict[Node, RuleNote] = {}
        self._noted: dict[Node, tuple[RuleNote, ...]] = {}
        self._rules: dict[tuple[Node, bool], Rule] = {}
        self._lists: dict[tuple[Node, bool], tuple[Rule, ...]] = {}

    def read_all(self, nodes: Sequence[Node], *, legacy: bool = False) -> tuple[Rule, ...]:
        """The rules of each ``relabel_configs``; ``legacy``: they set labels of legacy names only.

        Raises:
            JobFault: the engine refuses a rule.
            InputError: the engine refuses the configuration.
        """
        lists = [self._read_list(node, legacy) for node in nodes]
        return lists[0] if len(lists) == 1 else tuple(rule for rules in lists for rule in rules)

    def _read_list(self, node: Node, legacy: bool) -> tuple[Rule, ...]:
        if not isinstance(node, Listing):
            return tuple(self.read(item, legacy=legacy) for item in items(node, "relabel_configs"))
        if (node, legacy) not in self._lists:
            self._lists[node, legacy] = tuple(self.read(item, legacy=legacy) for item in node.items)
        return self._lists[node, legacy]

    def read(self, node: Node, *, legacy: bool = False) -> Rule:
        """One rule. Raises InputError."""
        if (node, legacy) not in self._rules:
            engine = self._legacy if legacy else self.engine
            self._rules[node, legacy] = _rule(node, engine, self._absent, self._printed)
        return self._rules[node, legacy]

    def notes(self, nodes: Sequence[Node]) -> tuple[RuleNote, ...]:
        """The notes on the rules of each ``relabel_configs``. Raises InputError."""
        return tuple(note for node in nodes for note in self._notes_of(node))

    def _notes_of(self, node: Node) -> tuple[RuleNote, ...]:
        if node not in self._noted:
            listed = items(node, "relabel_configs")
            for item in listed:
                if item not in self._notes:
                    self._notes[item] = _note(item, self.engine, self._printed)
            self._noted[node] = tuple(self._notes[item] for item in listed)
        return self._noted[node]


def _note(node: Node, engine: Engine, printed: bool) -> RuleNote:
    """A server prints defaults that were not written, and an empty regex as null."""
    values = fields(node, known_fields.RULE, engine)
    if printed:
        values = {name: node for name, node in values.items() if not _is_default(name, node)}
    places = {name: value.where for name, value in values.items()}
    nulls = () if printed else (name for name in values if null(values[name]))
    return RuleNote(node.where, places, frozenset(nulls))


def _is_default(name: str, node: Node) -> bool:
    return isinstance(node, Scalar) and node.text == str(getattr(DEFAULT, name))


def _rule(node: Node, engine: Engine, absent: Rule, printed: bool) -> Rule:
    if null(node):
        hint = "write the rule, or remove the dash"
        raise job_fault(node.where, "this relabel rule is empty", hint)
    values = fields(node, known_fields.RULE, engine)
    rule = Rule(
        source_labels=label_names(values.get("source_labels"), "source_labels", engine),
        separator=text(values.get("separator"), absent.separator),
        modulus=_modulus(values.get("modulus")),
        target_label=text(values.get("target_label")),
        replacement=text(values.get("replacement"), absent.replacement),
        engine=engine,
    )
    if engine.conditions:
        rule = own_rules.with_own_fields(rule, values)
        faults = own_rules.faults(rule, values)
    else:
        action = _action(values.get("action"), engine)
        rule = replace(rule, regex=_regex(values.get("regex"), engine), action=action)
        faults = _faults(rule, values, printed)
    for name, fault in faults:
        hint = f"remove or correct {name}, or change the action"
        raise job_fault(
            values.get(name, node).where, f"{name} {fault} with action {rule.action}", hint
        )
    return rule


def _regex(node: Node | None, engine: Engine) -> str:
    regex = text(node, DEFAULT.regex)
    if node is not None and not is_regex(regex, engine):
        hint = "Prometheus uses RE2, which has no lookaround and no backreferences"
        raise refusal(node.where, "not a regex that Prometheus takes", hint)
    return regex


def _modulus(node: Node | None) -> int:
    """An unquoted number as Go reads it: ``0x10`` is 16, ``010`` is 8, ``1_000`` is 1000."""
    if node is None or null(node):
        return DEFAULT.modulus
    if isinstance(node, Scalar) and node.plain:
        digits = node.text.replace("_", "")
        for pattern, base in _NUMBERS:
            if pattern.fullmatch(digits) and int(digits, base) < MAX_UINT64:
                return int(digits, base)
    raise refusal(node.where, "modulus must be a whole number", "for example 8")


def _action(node: Node | None, engine: Engine) -> Action:
    if node is None:
        return DEFAULT.action
    name = text(node).lower()
    known = [action for action in Action if action in engine.actions]
    if name in known:
        return Action(name)
    if name in set(Action):
        since = first_release_with_action(name)
        message = f"action {name} needs Prometheus {since}, this source is {engine.version}"
        raise refusal(node.where, message, "upgrade the server, or correct the source's version")
    hint = did_you_mean(name, known, f"one of {', '.join(known)}")
    raise refusal(node.where, "unknown relabel action", hint)


def _faults(rule: Rule, values: Mapping[str, Node], printed: bool) -> Iterator[tuple[str, str]]:
    """Each field that the action does not allow, and why: Prometheus' relabel.Config.Validate.

    What a server printed it has accepted: then only a value other than the default counts.
    """
    action = rule.action
    changed = {name for name in values if getattr(rule, name) != getattr(DEFAULT, name)}
    if action is Action.HASHMOD and rule.modulus == 0:
        yield "modulus", "must be given, and not 0,"
    if action in _NEEDS_TARGET and not rule.target_label:
        yield "target_label", "must be given, and not empty,"
    if action is Action.LABELMAP and not rule.replacement:
        yield "replacement", "must not be empty"
    if not rule.engine.utf8_targets:
        yield from _bad_names(rule)
    for name in sorted(_not_allowed(rule.action, changed, {} if printed else values)):
        yield name, "can not be set"


def _bad_names(rule: Rule) -> Iterator[tuple[str, str]]:
    """Without UTF-8, Prometheus checks the names that a rule sets, without expanding references."""
    target, engine = rule.target_label, rule.engine
    if rule.action is Action.LABELMAP and not _TEMPLATE.fullmatch(rule.replacement):
        yield "replacement", "is no label name"
    if rule.action is Action.REPLACE and not _TEMPLATE.fullmatch(target):
        yield "target_label", "is no label name"
    if rule.action in _NEEDS_TARGET - {Action.REPLACE} and not engine.is_target_name(target):
        yield "target_label", "is no label name"


def _not_allowed(action: Action, changed: set[str], values: Mapping[str, Node]) -> set[str]:
    """The fields that the rule sets although its action does not use them."""
    if action in _CHANGES_CASE:
        return changed & {"replacement"}
    if action in _COMPARES:
        # Prometheus compares compiled regexes by pointer: writing the default is a change, too.
        written_regex = {"regex"} & values.keys()
        return (changed | written_regex) - {"source_labels", "target_label", "action"}
    if action in _SELECTS_NAMES:
        # Prometheus refuses source_labels here even if the list is empty.
        has_sources = isinstance(values.get("source_labels"), Listing)
        return (changed | ({"source_labels"} if has_sources else set())) - {"regex", "action"}
    return set()

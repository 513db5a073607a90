"""Reads what is VictoriaMetrics' own in relabel rules, and finds the faults that it finds.

https://docs.victoriametrics.com/victoriametrics/relabeling/ and its lib/promrelabel/config.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.config.decode import items, text, text_map
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar, job_fault, refusal
from fieldkeep.core.labels.config.goyaml_tags import typed_text
from fieldkeep.core.labels.relabel.conditions import NAME, Condition, selector
from fieldkeep.core.labels.relabel.engine import Engine
from fieldkeep.core.labels.relabel.goregex import is_regex
from fieldkeep.core.labels.relabel.relabel import ANY_TEXT, Action, Rule

# Actions that are others on the metric's name.
_ON_NAME: Final = {"keep_metrics": Action.KEEP, "drop_metrics": Action.DROP}
_ANY_TEXT: Final = frozenset({".*", ANY_TEXT, "(?:.*)", "(?s).*", "(?s)(.*)"})
_NEED_TARGET: Final = frozenset(
    {
        *(Action.REPLACE, Action.REPLACE_ALL, Action.HASHMOD, Action.LOWERCASE, Action.UPPERCASE),
        *(Action.KEEP_IF_CONTAINS, Action.DROP_IF_CONTAINS, Action.KEEPEQUAL, Action.DROPEQUAL),
    }
)
_NEED_SOURCE: Final = frozenset(
    {
        *(Action.REPLACE_ALL, Action.HASHMOD, Action.LOWERCASE, Action.UPPERCASE),
        *(Action.KEEP_IF_CONTAINS, Action.DROP_IF_CONTAINS),
    }
)
_EQUAL: Final = frozenset({Action.KEEP_IF_EQUAL, Action.DROP_IF_EQUAL})
_NO_REGEX: Final = _EQUAL | {
    *(Action.KEEP_IF_CONTAINS, Action.DROP_IF_CONTAINS, Action.KEEPEQUAL, Action.DROPEQUAL),
    Action.GRAPHITE,
}
_COMPARED: Final = 2
_PARTIAL: Final = frozenset({Action.REPLACE_ALL, Action.LABELMAP_ALL})
_GRAPHITE_GROUP: Final = re.compile(r"\$(?:([0-9]+)|\{([0-9]+)\})|\$")


def with_own_fields(rule: Rule, values: Mapping[str, Node]) -> Rule:
    """The rule with ``action``, ``regex``, ``if`` and, for graphite, ``match`` and ``labels``.

    Raises:
        JobFault: an unknown action, or not a regex.
        InputError: not a condition, or a mapping as a regex.
    """
    engine = rule.engine
    condition = _condition(values.get("if"), engine)
    regex = _regex_text(values["regex"]) if "regex" in values else ANY_TEXT
    word = text(values.get("action")).lower() or Action.REPLACE
    if word not in engine.actions:
        hint = did_you_mean(word, sorted(engine.actions), f"one of {', '.join(engine.actions)}")
        raise job_fault(values["action"].where, "unknown relabel action", hint)
    action = _ON_NAME[word] if word in _ON_NAME else Action(word)
    if action not in _PARTIAL:
        regex = _anchored(regex)
    if not is_regex(regex, engine):
        hint = f"{engine.name} uses RE2, which has no lookaround and no backreferences"
        raise job_fault(values["regex"].where, f"not a regex that {engine.name} takes", hint)
    rule = replace(rule, action=action, condition=condition, regex=regex)
    if word in _ON_NAME:
        rule = replace(rule, source_labels=(NAME,))
    return _graphite(rule, values) if action is Action.GRAPHITE else rule


def _condition(node: Node | None, engine: Engine) -> Condition:
    if node is None:
        return ()
    nodes = node.items if isinstance(node, Listing) else (node,)
    groups: list[Condition] = []
    for item in nodes:
        try:
            groups.append(selector(text(item), engine))
        except ValueError as error:
            hint = """write a series selector, for example '{job="node"}'"""
            raise refusal(item.where, f"{error} in if", hint) from error
    return tuple(group for condition in groups for group in condition)


def _regex_text(node: Node) -> str:
    """The regex as the typed value is printed; a list is joined."""
    match node:
        case Listing():
            return "|".join(map(_regex_text, node.items))
        case Scalar():
            value = typed_text(node.text) if node.plain else node.text
            if value is not None:
                return "null" if node.null else value
    raise refusal(node.where, "a regex must be a text or a list of texts", "put it in quotes")


def _anchored(regex: str) -> str:
    """Without anchors at its ends; a regex for any text is the default one, with its group."""
    regex = regex.lstrip("^")
    while regex.endswith("$") and not regex.endswith("\\$"):
        regex = regex[:-1]
    return ANY_TEXT if regex in _ANY_TEXT else regex


def _graphite(rule: Rule, values: Mapping[str, Node]) -> Rule:
    parts = text(values.get("match")).split("*")
    templates = text_map(values.get("labels"), "labels section")
    return replace(
        rule,
        regex="([^.]*)".join(map(re.escape, parts)),
        templates=tuple(
            (name, _template(templates[name], len(parts))) for name in sorted(templates)
        ),
    )


def _template(text: str, groups: int) -> str:
    """A replacement of graphite as one of a regex with that many groups, the whole match counted: a
    reference to any other group is text."""

    def group(match: re.Match[str]) -> str:
        number = match[1] or match[2]
        is_group = number and int(number) < groups
        return f"${{{int(number)}}}" if is_group else match[0].replace("$", "$$")

    return _GRAPHITE_GROUP.sub(group, text)


def faults(rule: Rule, values: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    """Each field that makes VictoriaMetrics leave the job out, and why."""
    action = rule.action
    yield from _missing(rule, values)
    if action in _EQUAL and rule.target_label:
        yield "target_label", "can not be set"
    if action in _NO_REGEX and "regex" in values:
        yield "regex", "can not be set"
    if action is Action.GRAPHITE:
        yield from _graphite_faults(rule, values)
    elif text(values.get("match")):
        yield "match", "can not be set"
    elif text_map(values.get("labels"), "labels section"):
        yield "labels", "can not be set"


def _missing(rule: Rule, values: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    action, sources = rule.action, len(rule.source_labels)
    selects = action in (Action.KEEP, Action.DROP) and "if" not in values
    if action in _NEED_TARGET and not rule.target_label:
        yield "target_label", "must be given, and not empty,"
    if (action in _NEED_SOURCE or selects) and not sources:
        yield "source_labels", "must be given"
    if action in _EQUAL and sources < _COMPARED:
        yield "source_labels", "must be two or more"
    if action is Action.HASHMOD and rule.modulus == 0:
        yield "modulus", "must be given, and not 0,"
    if text(values.get("action")).lower() in _ON_NAME:
        if items(values.get("source_labels"), "source_labels"):
            yield "source_labels", "can not be set"
        if selects and not _has_regex(values):
            yield "regex", "must be given"


def _has_regex(values: Mapping[str, Node]) -> bool:
    return "regex" in values and bool(_regex_text(values["regex"]))


def _graphite_faults(rule: Rule, values: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    if not text(values.get("match")):
        yield "match", "must be given"
    if not rule.templates:
        yield "labels", "must be given"
    if rule.source_labels:
        yield "source_labels", "can not be set"
    if rule.target_label:
        yield "target_label", "can not be set"
    if "replacement" in values:
        yield "replacement", "can not be set"

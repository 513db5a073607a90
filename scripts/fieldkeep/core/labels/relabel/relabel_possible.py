"""Relabels targets that only a service discovery knows.

Does what ``relabel.relabel`` does, rule by rule, on possible labels in the place of known ones.
The result covers every target that the discovery can deliver. It may be less precise than the
truth, never wrong: a label that is always there may be called "maybe", and a family may hold
names that never occur; a label that may be missing is never called "always".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from fieldkeep.core.labels.relabel.families import (
    ANYTHING,
    Family,
    expansion_pattern,
    mapped_names,
)
from fieldkeep.core.labels.relabel.goregex import (
    GroupRef,
    compiled,
    expand,
    has_group,
    literal,
    replace_all,
    template,
)
from fieldkeep.core.labels.relabel.possible_labels import NO_RULES, PossibleLabels
from fieldkeep.core.labels.relabel.possible_values import (
    ANY,
    ONE_LINE,
    PRESENT,
    Match,
    PossibleValue,
    expand_replacement,
    is_one_line,
    join_sources,
    match_condition,
    match_sources,
    value_after_match,
)
from fieldkeep.core.labels.relabel.regex_syntax import all_strings
from fieldkeep.core.labels.relabel.relabel import (
    REFERENCE,
    Action,
    Rule,
    change_case,
    hash_of,
    mapped_name,
    replace_matches,
    replace_one_line,
)

# A labelmap that gives two labels two names: it cuts a prefix off.
_CUTS_PREFIX: Final = re.compile(r"\w*\(\.[+*]\) \$(?:1|\{1\})", re.ASCII)
EMPTY_NAME: Final = ""  # a replace never sets a label of this name, a labelmap may


def relabel_possible(rules: Sequence[Rule], before: PossibleLabels) -> PossibleLabels | None:
    """The possible labels after all rules; None if the rules certainly drop every target."""
    labels = before.copy()
    for index, rule in enumerate(rules):
        condition = match_condition(rule.condition, labels.value)
        if condition is Match.NEVER and rule.action is Action.KEEP:
            return None
        if condition is Match.NEVER:
            continue
        values = [labels.value(name) for name in rule.source_labels]
        if not _may_be_kept(rule, values, labels, condition):
            return None
        unchanged = labels.copy()
        _apply(index, rule, values, labels)
        if condition is Match.MAYBE:
            labels = labels.union(unchanged)
    if rules and rules[0].engine.keeps_emptied:
        labels.set_on_all(EMPTY_NAME, "", NO_RULES)
    return labels


def _may_be_kept(
    rule: Rule, values: Sequence[PossibleValue], labels: PossibleLabels, condition: Match
) -> bool:
    """Whether any target may pass the rule. Narrows the values to those of targets that pass."""
    if condition is Match.MAYBE and rule.action is not Action.KEEP:
        return True  # a target that does not meet the condition passes
    match rule.action:
        case Action.KEEP if match_sources(rule, values) is Match.NEVER:
            return False
        case Action.DROP if match_sources(rule, values) is Match.ALWAYS:
            return False
        case Action.KEEP if values in ([ANY], [PRESENT], [ONE_LINE]) and not rule.matches(""):
            few = all_strings(rule.regex) or frozenset()
            passed = ONE_LINE if values == [ONE_LINE] else value_after_match(rule)
            labels.narrow(rule.source_labels[0], next(iter(few)) if len(few) == 1 else passed)
        case Action.DROP if values == [ANY] and rule.matches(""):
            labels.narrow(rule.source_labels[0], PRESENT)
        case Action.KEEPEQUAL | Action.DROPEQUAL:
            source, target = join_sources(rule, values), labels.value(rule.target_label)
            if isinstance(source, str) and isinstance(target, str):
                return (source == target) is (rule.action is Action.KEEPEQUAL)
            if {source, target} in ({PRESENT, ""}, {ONE_LINE, ""}):  # they differ
                return rule.action is Action.DROPEQUAL
        case _:
            pass
    return True


def _apply(index: int, rule: Rule, values: Sequence[PossibleValue], labels: PossibleLabels) -> None:
    setters = frozenset({index})
    match rule.action:
        case Action.REPLACE:
            _replace(rule, values, labels, setters)
        case Action.HASHMOD:
            joined = join_sources(rule, values)
            value = hash_of(rule, joined) if isinstance(joined, str) else ONE_LINE
            labels.set_on_all(rule.target_label, value, setters)
        case Action.LOWERCASE | Action.UPPERCASE:
            joined = join_sources(rule, values)
            value = change_case(rule.action, joined) if isinstance(joined, str) else joined
            labels.set_on_all(rule.target_label, value, setters)
        case Action.LABELMAP:
            labelmap = _labelmap_in_place if rule.engine.keeps_emptied else _labelmap
            labelmap(rule, labels, setters)
        case Action.LABELDROP:
            labels.labeldrop(rule.regex)
        case Action.LABELKEEP:
            labels.labelkeep(rule.regex)
        case _:
            _apply_own(rule, values, labels, setters)


def _apply_own(
    rule: Rule, values: Sequence[PossibleValue], labels: PossibleLabels, setters: frozenset[int]
) -> None:
    """The actions that are VictoriaMetrics' own."""
    match rule.action:
        case Action.LABELMAP_ALL:
            _labelmap_all(rule, labels, setters)
        case Action.REPLACE_ALL:
            joined = join_sources(rule, values)
            replaced = replace_matches(rule, joined) if isinstance(joined, str) else ANY
            if replaced != joined or replaced is ANY:
                labels.set_on_some(rule.target_label, replaced, setters)
        case Action.GRAPHITE:
            for name, _ in rule.templates:
                labels.set_on_some(name, ANY, setters)
        case _:
            pass


def _replace(
    rule: Rule, values: Sequence[PossibleValue], labels: PossibleLabels, setters: frozenset[int]
) -> None:
    match_certainty = match_sources(rule, values)
    if match_certainty is Match.NEVER:
        return
    joined = join_sources(rule, values)
    name: str | None
    value: PossibleValue
    if rule.engine.expands_one_line and isinstance(joined, str):
        known = {label: text for label, text in labels.values().items() if isinstance(text, str)}
        name, value = replace_one_line(rule, joined, known)
    else:
        name, value = _target_name(rule, joined), expand_replacement(rule, joined)
    referenced = REFERENCE.findall(rule.replacement) if rule.engine.references else []
    if referenced and not all(isinstance(v, str) for v in (joined, *map(labels.value, referenced))):
        value = ANY
    if value == "" and not rule.engine.deletes_expanded_name:
        name = rule.target_label
    if name is not None and not rule.engine.is_target_name(name):
        return
    if name is None and rule.engine.expands_one_line and not is_one_line(joined):
        # a line break is not captured: then the groups in the name are empty
        labels.set_on_some(literal(rule.target_label), PRESENT, setters)
    if name is None:
        pattern = expansion_pattern(rule.regex, rule.target_label)
        family = Family(rule.target_label, pattern, setters)
        labels.set_family_on_some(family.labeldrop(EMPTY_NAME), value)
    elif match_certainty is Match.ALWAYS:
        labels.set_on_all(name, value, setters)
    else:
        labels.set_on_some(name, value, setters)


def _target_name(rule: Rule, joined: PossibleValue) -> str | None:
    """The name of the label that a replace sets; None if it depends on an unknown value."""
    regex = compiled(rule.regex, rule.engine.dotall)
    if isinstance(joined, str):
        return expand(rule.target_label, regex.search(joined))
    parts = template(rule.target_label)
    if any(isinstance(part, GroupRef) and has_group(regex, part) for part in parts):
        return None
    return "".join(part for part in parts if isinstance(part, str))


def _labelmap(rule: Rule, labels: PossibleLabels, setters: frozenset[int]) -> None:
    """Reads all labels as they were before the rule. If two map to one name, either may win."""
    few = all_strings(rule.regex)
    mapped: dict[str, set[PossibleValue]] = {}
    for name in sorted(labels.labels.keys() | (few or ())):
        value = labels.value(name)
        new_name = replace_all(rule.regex, rule.replacement, name, rule.engine.dotall)
        if new_name is not None and value != "":
            mapped.setdefault(new_name, set()).add(value)
    maps_families = few is None and any(f.may_match(rule.regex) for f in labels.families)
    for name, values in mapped.items():
        if values == {ANY}:
            labels.set_on_some(name, PRESENT, setters)
        else:
            labels.set_on_all(name, values.pop() if len(values) == 1 else PRESENT, setters)
    if maps_families:
        pattern = mapped_names(rule.regex, rule.replacement)
        labels.set_family_on_some(Family(rule.replacement, pattern, setters), PRESENT)


def _labelmap_in_place(rule: Rule, labels: PossibleLabels, setters: frozenset[int]) -> None:
    """As VictoriaMetrics does it: an emptied label is mapped, and erases; a label that the rule has
    set is mapped with its new value."""
    few = all_strings(rule.regex)
    mapped: dict[str, set[PossibleValue]] = {}
    for name in sorted(labels.labels.keys() | (few or ())):
        new_name = mapped_name(rule, name)
        if new_name != name:
            value = labels.value(name)
            mapped.setdefault(new_name, set()).add(ANY if value == "" else value)
    if any(mapped_name(rule, name) != name for name in mapped):  # what it reads may be its own
        mapped = dict.fromkeys(mapped, set[PossibleValue]().union(*mapped.values()))
    maps_families = few is None and any(f.may_match(rule.regex) for f in labels.families)
    family = Family(rule.replacement, mapped_names(rule.regex, rule.replacement), setters)
    if maps_families:
        labels.set_family_on_some(family, ANY)
    for name, values in mapped.items():
        if ANY in values or (maps_families and not _CUTS_PREFIX.fullmatch(_spelled(rule))):
            labels.set_on_some(name, ANY, setters)
        else:
            labels.set_on_all(name, values.pop() if len(values) == 1 else PRESENT, setters)


def _spelled(rule: Rule) -> str:
    return f"{rule.regex} {rule.replacement}"


def _labelmap_all(rule: Rule, labels: PossibleLabels, setters: frozenset[int]) -> None:
    """Renames: every label that is known by name, and any of a family."""
    renamed = {name: replace_matches(rule, name) for name in labels.labels}
    before = {name: labels.label(name) for name in renamed}
    for name, new_name in renamed.items():
        if new_name != name:
            labels.set_on_all(name, "", NO_RULES)
    for name, new_name in renamed.items():
        if new_name != name and before[name].value != "":
            labels.set_on_some(new_name, before[name].value, setters)
    if labels.families:
        labels.set_family_on_some(Family(rule.replacement, ANYTHING, setters), ANY)

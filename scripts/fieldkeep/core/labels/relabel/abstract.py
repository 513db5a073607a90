"""What relabel rules do to targets that only a service discovery knows.

Follows ``core.relabel`` rule by rule, over what may be rather than what is: the result holds for
every target that the discovery can deliver. It errs on one side only: a label may be called
"maybe" that is always there, or counted to a family that never has it, not the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fieldkeep.core.labels.relabel.goregex import Group, compiled, expand, has_group, template
from fieldkeep.core.labels.relabel.names import Family, image
from fieldkeep.core.labels.relabel.possible import Possible
from fieldkeep.core.labels.relabel.regextree import strings
from fieldkeep.core.labels.relabel.relabel import Action, Rule, cased, hashmod
from fieldkeep.core.labels.relabel.value import (
    ANY,
    LINE,
    SOME,
    Fit,
    Value,
    filled,
    fit,
    joined,
    matched,
)

NAMELESS: Final = ""  # a replace skips a target without a name, a labelmap does not


def relabel_unseen(rules: Sequence[Rule], possible: Possible) -> Possible | None:
    """What targets may carry after all rules; None if the rules surely drop each of them."""
    target = possible.copy()
    for index, rule in enumerate(rules):
        values = [target.value(name) for name in rule.source_labels]
        if not _may_be_kept(rule, values, target):
            return None
        _apply(index, rule, values, target)
    return target


def _may_be_kept(rule: Rule, values: Sequence[Value], target: Possible) -> bool:
    """Also notes what is known of a target that a keep or drop let pass."""
    match rule.action:
        case Action.KEEP if fit(rule, values) is Fit.NEVER:
            return False
        case Action.DROP if fit(rule, values) is Fit.ALWAYS:
            return False
        case Action.KEEP if values in ([ANY], [SOME], [LINE]) and not rule.fits(""):
            few = strings(rule.regex) or frozenset()
            known = LINE if values == [LINE] else matched(rule)
            target.learn(rule.source_labels[0], next(iter(few)) if len(few) == 1 else known)
        case Action.DROP if values == [ANY] and rule.fits(""):
            target.learn(rule.source_labels[0], SOME)
        case Action.KEEPEQUAL | Action.DROPEQUAL:
            mine, other = joined(rule, values), target.value(rule.target_label)
            if isinstance(mine, str) and isinstance(other, str):
                return (mine == other) is (rule.action is Action.KEEPEQUAL)
            if {mine, other} in ({SOME, ""}, {LINE, ""}):  # they differ
                return rule.action is Action.DROPEQUAL
        case _:
            pass
    return True


def _apply(index: int, rule: Rule, values: Sequence[Value], target: Possible) -> None:
    setters = frozenset({index})
    match rule.action:
        case Action.REPLACE:
            _replace(rule, values, target, setters)
        case Action.HASHMOD:
            whole = joined(rule, values)
            value = hashmod(whole, rule.modulus) if isinstance(whole, str) else LINE
            target.put(rule.target_label, value, setters)
        case Action.LOWERCASE | Action.UPPERCASE:
            whole = joined(rule, values)
            value = cased(rule.action, whole) if isinstance(whole, str) else whole
            target.put(rule.target_label, value, setters)
        case Action.LABELMAP:
            _map(rule, target, setters)
        case Action.LABELDROP:
            target.drop(rule.regex)
        case Action.LABELKEEP:
            target.keep(rule.regex)
        case _:
            pass


def _replace(
    rule: Rule, values: Sequence[Value], target: Possible, setters: frozenset[int]
) -> None:
    outcome = fit(rule, values)
    if outcome is Fit.NEVER:
        return
    whole = joined(rule, values)
    value = filled(rule, whole)
    name = _target_name(rule, whole)
    if value == "" and not rule.version.deletes_by_template:
        name = rule.target_label
    if name is not None and not rule.version.admits(name):
        return
    if name is None:
        names = Family(rule.target_label, image(rule.regex, rule.target_label), setters)
        target.perhaps_any(names.lacking(NAMELESS), value)
    elif outcome is Fit.ALWAYS:
        target.put(name, value, setters)
    else:
        target.perhaps(name, value, setters)


def _target_name(rule: Rule, whole: Value) -> str | None:
    """The label that a replace sets; None if that depends on a value that is not known."""
    regex = compiled(rule.regex, rule.version.dotall)
    if isinstance(whole, str):
        return expand(rule.target_label, regex.match(whole))
    parts = template(rule.target_label)
    if any(isinstance(part, Group) and has_group(regex, part) for part in parts):
        return None
    return "".join(part for part in parts if isinstance(part, str))


def _map(rule: Rule, target: Possible, setters: frozenset[int]) -> None:
    """A labelmap reads all labels as they were before it; of two for one name, one wins."""
    few = strings(rule.regex)
    regex = compiled(rule.regex)
    mapped: dict[str, set[Value]] = {}
    for name in sorted(target.labels.keys() | (few or ())):
        value = target.value(name)
        found = regex.match(name)
        if found and value != "":
            mapped.setdefault(expand(rule.replacement, found), set()).add(value)
    unknown = few is None and any(family.may_match(rule.regex) for family in target.families)
    for name, values in mapped.items():
        if values == {ANY}:
            target.perhaps(name, SOME, setters)
        else:
            target.put(name, values.pop() if len(values) == 1 else SOME, setters)
    if unknown:
        names = Family(rule.replacement, image(rule.regex, rule.replacement), setters)
        target.perhaps_any(names, SOME)

"""What the labels of unseen targets may be, while rules work on them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.names import Family
from fieldkeep.core.labels.relabel.regextree import branches, strings
from fieldkeep.core.labels.relabel.value import ANY, Value, either

NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of one label, and the rules that may have set it."""

    value: Value
    rules: frozenset[int] = NONE


@dataclass(slots=True)
class Possible:
    """``labels`` speaks for the names in it, those that are surely absent included; ``families``
    for all others: a name that no family admits is absent.
    """

    labels: dict[str, Label]
    families: tuple[Family, ...] = ()

    def copy(self) -> Possible:
        """Another one that can be changed."""
        return Possible(dict(self.labels), self.families)

    def label(self, name: str) -> Label:
        """What is known of a label, whether ``labels`` or a family speaks for it."""
        if name in self.labels:
            return self.labels[name]
        admitting = [family.rules for family in self.families if family.admits(name)]
        return Label(ANY, NONE.union(*admitting)) if admitting else Label("")

    def value(self, name: str) -> Value:
        """Its value."""
        return self.label(name).value

    def values(self) -> dict[str, Value]:
        """The values of the labels that are spoken for by name."""
        return {name: label.value for name, label in self.labels.items()}

    def learn(self, name: str, value: Value) -> None:
        """The value is better known; nobody set it."""
        self.labels[name] = replace(self.label(name), value=value)

    def put(self, name: str, value: Value, rules: frozenset[int]) -> None:
        """Every target gets that value."""
        self.labels[name] = Label(value, NONE if value == "" else rules)

    def perhaps(self, name: str, value: Value, rules: frozenset[int]) -> None:
        """Some targets get that value, the others keep theirs."""
        before = self.label(name)
        setters = NONE if value == "" else rules
        self.labels[name] = Label(either(before.value, value), before.rules | setters)

    def perhaps_any(self, family: Family, value: Value) -> None:
        """Some targets get that value in some of the names; few names are no family."""
        few = family.names()
        for name in filter(family.admits, list(self.labels) if few is None else sorted(few)):
            self.perhaps(name, value, family.rules)
        if few is None and value != "":
            self.families += (family,)

    def drop(self, regex: str) -> None:
        """Remove the labels that match."""
        for name in [name for name in self.labels if matches(regex, name)]:
            self.labels[name] = Label("")
        self.families = tuple(family.lacking(regex) for family in self.families)

    def keep(self, regex: str) -> None:
        """Remove the labels that do not match. Where the regex spells out names, those that a
        family may have become labels of their own.
        """
        for name in [name for name in self.labels if not matches(regex, name)]:
            self.labels[name] = Label("")
        narrowed: list[Family] = []
        for part in branches(regex):
            names = strings(part)
            if names is None:
                narrowed += [f.narrowed(part) for f in self.families if f.may_match(part)]
            else:
                self.labels.update({name: self.label(name) for name in names})
        self.families = tuple(narrowed)

"""The labels that targets of a service discovery may have, while relabel rules change them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldkeep.core.labels.relabel.families import Family
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.possible_values import ANY, PossibleValue, union
from fieldkeep.core.labels.relabel.regex_syntax import all_strings, alternatives

NO_RULES: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class PossibleLabel:
    """A label's possible value, and the indexes of the rules that may have set it."""

    value: PossibleValue
    rules: frozenset[int] = NO_RULES


@dataclass(slots=True)
class PossibleLabels:
    """``labels`` describes labels by name, those that are certainly absent included; ``families``
    describes all others: a name that is in no family is absent.
    """

    labels: dict[str, PossibleLabel]
    families: tuple[Family, ...] = ()

    def copy(self) -> PossibleLabels:
        """An independent copy."""
        return PossibleLabels(dict(self.labels), self.families)

    def union(self, other: PossibleLabels) -> PossibleLabels:
        """The labels of targets that have either of both."""
        labels = {}
        for name in self.labels.keys() | other.labels.keys():
            mine, theirs = self.label(name), other.label(name)
            value = union(mine.value, theirs.value)
            labels[name] = PossibleLabel(value, mine.rules | theirs.rules)
        families = dict.fromkeys((*self.families, *other.families))
        return PossibleLabels(labels, tuple(families))

    def label(self, name: str) -> PossibleLabel:
        """The label of that name, described by ``labels`` or else by ``families``."""
        if name in self.labels:
            return self.labels[name]
        setters = [family.rules for family in self.families if family.admits(name)]
        return PossibleLabel(ANY, NO_RULES.union(*setters)) if setters else PossibleLabel("")

    def value(self, name: str) -> PossibleValue:
        """The label's value."""
        return self.label(name).value

    def values(self) -> dict[str, PossibleValue]:
        """The values of the labels that are described by name."""
        return {name: label.value for name, label in self.labels.items()}

    def narrow(self, name: str, value: PossibleValue) -> None:
        """Record a more precise value of a label, with the same setters."""
        self.labels[name] = replace(self.label(name), value=value)

    def set_on_all(self, name: str, value: PossibleValue, rules: frozenset[int]) -> None:
        """Set a label on every target; ``""`` deletes it."""
        self.labels[name] = PossibleLabel(value, NO_RULES if value == "" else rules)

    def set_on_some(self, name: str, value: PossibleValue, rules: frozenset[int]) -> None:
        """Set a label on some targets; on the others it stays as it is."""
        before = self.label(name)
        setters = NO_RULES if value == "" else rules
        self.labels[name] = PossibleLabel(union(before.value, value), before.rules | setters)

    def set_family_on_some(self, family: Family, value: PossibleValue) -> None:
        """Set some labels of a family on some targets. If the family has few names, each becomes
        a label of its own.
        """
        few = family.names()
        for name in filter(family.admits, list(self.labels) if few is None else sorted(few)):
            self.set_on_some(name, value, family.rules)
        if few is None and value != "":
            self.families += (family,)

    def labeldrop(self, regex: str) -> None:
        """Delete the labels whose names match."""
        for name in [name for name in self.labels if matches(regex, name)]:
            self.labels[name] = PossibleLabel("")
        self.families = tuple(family.labeldrop(regex) for family in self.families)

    def labelkeep(self, regex: str) -> None:
        """Delete the labels whose names do not match. Each name that the regex spells out becomes
        a label of its own if a family has it.
        """
        for name in [name for name in self.labels if not matches(regex, name)]:
            self.labels[name] = PossibleLabel("")
        families: list[Family] = []
        for part in alternatives(regex):
            names = all_strings(part)
            if names is None:
                families += [f.labelkeep(part) for f in self.families if f.may_match(part)]
            else:
                self.labels.update({name: self.label(name) for name in names})
        self.families = tuple(families)

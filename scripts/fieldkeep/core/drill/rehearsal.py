"""A rehearsed recovery: what was rebuilt from, how long it took, and what did not come back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fieldkeep.core.document.attributes import NOT_CUSTOMIZABLE, field_values, same
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.record import Owned


@dataclass(frozen=True, slots=True)
class Loss:
    """A field that did not come back as it was. ``attributes`` are those that differ; none: the
    field as a whole is missing."""

    field: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A document was written and read back, ``seconds`` after the start. ``fields`` counts those
    that it has, ``losses`` are what is missing in it."""

    route: str
    seconds: float
    fields: int
    losses: tuple[Loss, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """No document could be rebuilt this way, or a scenario did not end as it should."""

    route: str
    reason: str
    hint: str = ""


Rehearsal = Rebuilt | Failed


def came_back(rehearsals: Collection[Rehearsal]) -> bool:
    """Whether every rehearsal brought everything back. False if there was none: nothing is shown
    by it."""
    whole = all(isinstance(each, Rebuilt) and not each.losses for each in rehearsals)
    return bool(rehearsals) and whole


def losses(
    expected: Document, rebuilt: Document, set_by_git: Owned, base: Owned
) -> tuple[Loss, ...]:
    """The customizations of ``expected`` that ``rebuilt`` lacks or has otherwise. What git sets, or
    set when ``expected`` was applied (``base``), may differ: that change waits to be applied."""
    found = []
    for name, entry in sorted(expected.fields.items()):
        if name not in rebuilt.fields:
            found.append(Loss(name))
            continue
        before, after = field_values(entry), field_values(rebuilt.fields[name])
        dropped = {
            attribute
            for attribute, value in base.get(name, {}).items()
            if same(attribute, before.get(attribute), value)
        }
        ignored = NOT_CUSTOMIZABLE.union(set_by_git.get(name, ()), dropped)
        differing = tuple(
            attribute
            for attribute in sorted(before.values)
            if attribute not in ignored
            and not same(attribute, before.get(attribute), after.get(attribute))
        )
        if differing:
            found.append(Loss(name, differing))
    return tuple(found)

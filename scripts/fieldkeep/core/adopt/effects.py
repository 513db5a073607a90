"""What a sync would still change in a field after an adoption: customizations, structure, gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import ENTRY_OF, NAME, SET_BY, STRUCTURE, NoValue, same
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.model import Json


@dataclass(frozen=True, slots=True)
class Changed:
    """A live attribute that a sync would change to ``new`` (None: it would remove it)."""

    field: str
    attribute: str
    live: Json
    new: Json


@dataclass(frozen=True, slots=True)
class Effects:
    """What a sync would change: ``customizations`` that were asked for, others (``pending``),
    ``structure`` that Prometheus gives, and attributes that live lacks (``completed``). ``hidden``
    are fields that it would create and show nowhere."""

    customizations: tuple[Changed, ...]
    pending: tuple[Changed, ...]
    structure: tuple[Changed, ...]
    completed: tuple[Changed, ...]
    created: tuple[str, ...]
    hidden: tuple[str, ...]
    deleted: tuple[str, ...]


def effects(after: Evaluation, scope: Mapping[str, frozenset[str]]) -> Effects:
    """Compare live with the result of a sync after the adoption. ``scope`` holds, by field, the
    attributes that were to be adopted."""
    effective = after.stored.effective
    live = effective.fields if effective else {}
    results = after.merged.results
    customizations, pending, structure, completed = [], [], [], []
    for name in sorted(live.keys() & results.keys()):
        for change in _changes(name, attributes.flatten(live[name]), after):
            if change.attribute in STRUCTURE:
                structure.append(change)
            elif change.live is None or _completes(change, live[name]):
                completed.append(change)
            elif change.attribute in scope.get(name, ()):
                customizations.append(change)
            else:
                pending.append(change)
    new = {name: results[name].attributes for name in sorted(results.keys() - live.keys())}
    return Effects(
        tuple(customizations),
        tuple(pending),
        tuple(structure),
        tuple(completed),
        tuple(name for name, values in new.items() if attributes.is_shown(values)),
        tuple(name for name, values in new.items() if not attributes.is_shown(values)),
        tuple(sorted(live.keys() - results.keys())),
    )


def _changes(name: str, live: Mapping[str, Json], after: Evaluation) -> Iterator[Changed]:
    decisions = after.merged.results[name].decisions
    for attribute in sorted((live.keys() | decisions.keys()) - {NAME}):
        old = live.get(attribute)
        decision = decisions.get(attribute)
        new = None if decision is None or isinstance(decision.value, NoValue) else decision.value
        if not same(attribute, old, new):
            yield Changed(name, attribute, old, new)


def _completes(change: Changed, field: Mapping[str, Json]) -> bool:
    """Whether live has the new value under the entry's other attribute: the document holds a regex
    twice."""
    live, entry = attributes.flatten(field), ENTRY_OF.get(change.attribute, "")
    others = set(SET_BY.get(entry, ())) - {change.attribute}
    return any(same(other, change.new, live.get(other)) for other in others)

"""What a sync would still change in a field after an adoption: customizations, structure, gaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldkeep.core.document import attributes
from fieldkeep.core.document.attributes import NAME, STRUCTURE, NoValue, same
from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.model import Json

_TWINS = {"validation_regex": "validation.regex", "validation.regex": "validation_regex"}


@dataclass(frozen=True, slots=True)
class Changed:
    """One unit of a field that is live, and what a sync would make of it (None: gone)."""

    field: str
    unit: str
    live: Json
    new: Json


@dataclass(frozen=True, slots=True)
class Effects:
    """``customizations`` that a sync would change among those asked for, ``pending`` among the
    others; ``structure`` as Prometheus gives it; ``completed`` where live says nothing."""

    customizations: tuple[Changed, ...]
    pending: tuple[Changed, ...]
    structure: tuple[Changed, ...]
    completed: tuple[Changed, ...]
    created: tuple[str, ...]
    deleted: tuple[str, ...]


def effects(after: Evaluation, scope: Mapping[str, frozenset[str]]) -> Effects:
    """Compare what is live with what the survey would leave. ``scope`` names what was adopted."""
    effective = after.stored.effective
    live = effective.fields if effective else {}
    results = after.merged.results
    changed, pending, structure, completed = [], [], [], []
    for name in sorted(live.keys() & results.keys()):
        for change in _changes(name, attributes.flatten(live[name]), after):
            if change.unit in STRUCTURE:
                structure.append(change)
            elif change.live is None or _completes(change, live[name]):
                completed.append(change)
            elif change.unit in scope.get(name, ()):
                changed.append(change)
            else:
                pending.append(change)
    return Effects(
        tuple(changed),
        tuple(pending),
        tuple(structure),
        tuple(completed),
        tuple(sorted(results.keys() - live.keys())),
        tuple(sorted(live.keys() - results.keys())),
    )


def _changes(name: str, live: Mapping[str, Json], after: Evaluation) -> Iterator[Changed]:
    decisions = after.merged.results[name].decisions
    for unit in sorted(live.keys() | decisions.keys()):
        was = live.get(unit)
        new = decisions[unit].value if unit in decisions else NoValue.UNSET
        value = None if isinstance(new, NoValue) else new
        if unit != NAME and not same(unit, was, value):
            yield Changed(name, unit, was, value)


def _completes(change: Changed, field: Mapping[str, Json]) -> bool:
    """A regex stands in two places of the document: the second follows the first."""
    twin = _TWINS.get(change.unit)
    return twin is not None and same(twin, change.new, attributes.flatten(field).get(twin))

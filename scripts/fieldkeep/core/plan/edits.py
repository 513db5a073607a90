"""Edits made in the store, as a merge found them."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkeep.core.document.attributes import NoValue
from fieldkeep.core.merge.decide import Value
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.merge.outcome import Drift, ValueOrigin
from fieldkeep.model import Json


@dataclass(frozen=True, slots=True)
class Edit:
    """An attribute whose value ``old`` became ``new``."""

    field: str
    attribute: str
    old: Json
    new: Json


def kept_edits(merged: Merged) -> list[Edit]:
    """Where the live value differs from the newest backup's and git is silent: an edit, or an old
    copy that was written back."""
    return _overruled(merged, ValueOrigin.BACKUP, ValueOrigin.LIVE, (Drift.LIVE_CHANGED,))


def overruled_edits(merged: Merged) -> list[Edit]:
    """Where git's value replaces a live one that was edited."""
    return _overruled(merged, ValueOrigin.LIVE, ValueOrigin.GIT, (Drift.LIVE_EDITED, Drift.BOTH))


def _overruled(
    merged: Merged, loser: ValueOrigin, winner: ValueOrigin, drift: tuple[Drift, ...]
) -> list[Edit]:
    return [
        Edit(name, attribute, value, _json(decision.value))
        for name, result in sorted(merged.results.items())
        for attribute, decision in sorted(result.decisions.items())
        if decision.drift in drift and decision.origin is winner
        for side, value in decision.overruled
        if side is loser
    ]


def _json(value: Value) -> Json:
    return None if isinstance(value, NoValue) else value

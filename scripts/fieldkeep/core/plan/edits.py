"""Edits made in the store, as a merge found them."""

from __future__ import annotations

from dataclasses import dataclass

from fieldkeep.core.document.attribute_table import SET_BY_NO_PERSON
from fieldkeep.core.document.attributes import STRUCTURE, NoValue
from fieldkeep.core.document.difference import differences
from fieldkeep.core.document.document import Document, compare
from fieldkeep.core.journal.entries import is_backed_up
from fieldkeep.core.merge.decide import Value
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.merge.outcome import Drift, ValueOrigin
from fieldkeep.core.stored.state import StoreState
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


def unsaved_edits(stored: StoreState, merged: Merged | None = None) -> int:
    """How many edits of the live document no backup of ours holds: the attributes that differ from
    the newest one. A field that it lacks, or live lacks, counts as one. What no person sets is no
    edit; nor is, with a merge, what an application reset by itself."""
    live, newest = stored.document, stored.history.newest_of_ours
    if not isinstance(live, Document) or is_backed_up(live, stored):
        return 0
    if newest is None:
        return len(live.fields)
    before = newest.document.fields
    counts = (
        sum(
            not _is_no_edit(merged, name, difference.attribute)
            for difference in differences(before[name], live.fields[name])
        )
        if name in before and name in live.fields
        else 1
        for name in compare(newest.document, live).fields
    )
    total = sum(counts)
    if merged and merged.live_by_machine:
        return total
    return total or 1  # attributes of the document itself, or damaged entries


def _is_no_edit(merged: Merged | None, name: str, attribute: str) -> bool:
    if attribute in SET_BY_NO_PERSON:
        return True
    if merged is None or not merged.live_by_machine or name not in merged.results:
        return False
    decision = merged.results[name].decisions.get(attribute)
    return attribute in STRUCTURE or (
        decision is not None and decision.drift is Drift.MACHINE_RESET
    )


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

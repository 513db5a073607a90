"""What an apply would change, as a value: safety and people read it before anything moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document.attributes import NoValue
from fieldkeep.core.document.difference import differences
from fieldkeep.core.document.document import Document, compare, substance
from fieldkeep.core.merge.decide import Decision, Drift, ValueOrigin
from fieldkeep.core.merge.merge import FieldDrift, Merged, MergedField
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Json, Place

SCARCE_PERCENT: Final = 80


class Action(StrEnum):
    """What happens to a field."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One place of a field that changes; ``where`` is the line in git that says so."""

    name: str
    old: Json
    new: Json
    origin: ValueOrigin
    where: Place | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is created, updated or deleted, with every place that differs."""

    field: str
    action: Action
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of the document's value, and how many the store takes."""

    bytes: int
    limit: int

    @property
    def percent(self) -> int:
        return round(100 * self.bytes / self.limit)


@dataclass(frozen=True, slots=True)
class Headroom:
    """What the store is to hold: ``key`` has the largest value, which fills ``size``; ``writes`` is
    how many transactions it takes, 0 for none."""

    key: str
    size: Size
    writes: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """``unchanged`` counts fields. ``status_changes``: how the servers answered differs;
    ``head_changes``: attributes of the document itself do (its version, say). ``against`` is the
    commit that stands in for what is live; ``environment`` the one that was asked for."""

    changes: tuple[Change, ...]
    drift: tuple[FieldDrift, ...]
    orphans: tuple[str, ...]
    kept: tuple[str, ...]
    unchanged: int
    status_changes: bool
    head_changes: bool
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...]
    digest: str
    size: Size
    room: Headroom
    total: int
    notes: tuple[str, ...] = ()
    impact: tuple[Impact, ...] = ()
    against: str | None = None
    environment: str | None = None

    @property
    def pending(self) -> bool:
        """Whether an apply would change the document, or is needed to tell who is right."""
        document = bool(self.changes) or self.status_changes or self.head_changes
        return document or any(d.drift.pending for d in self.drift)

    def counts(self) -> Mapping[Action, int]:
        return Counter(change.action for change in self.changes)


def make(
    stored: StoreState,
    merged: Merged,
    document: Document,
    *,
    refusals: Sequence[Refusal],
    notes: Sequence[FieldDrift],
    warnings: Sequence[str],
    size: Size,
    room: Headroom,
) -> Plan:
    """``document`` is the merged one; ``notes`` are the drift of the document as a whole."""
    before = stored.effective
    comparison = compare(before, document) if before else None
    names = comparison.fields if comparison else tuple(sorted(document.fields))
    changes = tuple(_change(name, before, merged.results.get(name)) for name in names)
    drift = tuple(sorted((*merged.drift, *notes), key=lambda d: (d.field, d.drift, d.attributes)))
    return Plan(
        changes=changes,
        drift=drift,
        orphans=tuple(d.field for d in drift if d.drift is Drift.ORPHAN),
        kept=merged.preserved,
        unchanged=sum(1 for name in document.fields if name not in names),
        status_changes=comparison is not None and comparison.status,
        head_changes=comparison is not None and comparison.substance and not comparison.fields,
        refusals=tuple(refusals),
        warnings=(*merged.warnings, *warnings, *_scarce(room)),
        digest=_digest(stored, merged, document),
        size=size,
        room=room,
        total=len(document.fields),
        notes=_several(room),
    )


def _scarce(room: Headroom) -> tuple[str, ...]:
    if room.size.percent < SCARCE_PERCENT:
        return ()
    used = f"{room.size.percent} % of the largest value that the store takes"
    way = "lower history, prune orphans, or raise max_value_bytes if the server allows more"
    return (f"{room.key} fills {used} ({room.size.bytes:,} of {room.size.limit:,} bytes): {way}",)


def _several(room: Headroom) -> tuple[str, ...]:
    """For information: the writes are as safe, but other writers can be seen in between."""
    if room.writes <= 1:
        return ()
    return (f"too large for one transaction: {room.writes} writes in order, each checked",)


def _change(name: str, before: Document | None, result: MergedField | None) -> Change:
    old = before.fields.get(name) if before else None
    new = result.attributes if result else None
    action = Action.DELETE if new is None else Action.CREATE if old is None else Action.UPDATE
    return Change(name, action, tuple(_attributes(old, new, result)))


def _attributes(
    old: Mapping[str, Json] | None, new: Mapping[str, Json] | None, result: MergedField | None
) -> list[Attribute]:
    decisions = result.decisions if result else {}
    listed = []
    for difference in differences(old, new):
        decision = _decision(decisions, difference.unit)
        listed.append(
            Attribute(
                difference.place,
                difference.old,
                difference.new,
                decision.origin if decision else ValueOrigin.DEFAULT,
                decision.place if decision else None,
                default=decision is not None and decision.origin is ValueOrigin.DEFAULT,
            )
        )
    return listed


def _decision(decisions: Mapping[str, Decision], unit: str) -> Decision | None:
    """The decision behind a difference. Where the whole of ``validation`` differs, its parts were
    decided, and git's word is the one to name."""
    parts = [d for u, d in sorted(decisions.items()) if u.startswith(f"{unit}.")]
    spoken = [d for d in parts if d.origin is ValueOrigin.GIT]
    return next(iter(spoken), decisions.get(unit))


def _digest(stored: StoreState, merged: Merged, document: Document) -> str:
    """One hash over what is live, what would be, and what git would own."""
    live = stored.document
    return canonical.digest(
        {
            "live": canonical.digest(live.raw)
            if isinstance(live, Document)
            else type(live).__name__,
            "result": substance(document).decode("utf-8", "surrogatepass"),
            "owned": merged.owned,
            "deleted": merged.deleted,
        }
    )


def edited_values(merged: Merged) -> list[tuple[str, str, Json, Json]]:
    """(field, unit, value in the newest backup, live value) wherever somebody else changed what
    git is silent on: by an edit, or by writing an old copy back."""
    return [
        (name, unit, value, decision.value)
        for name, result in sorted(merged.results.items())
        for unit, decision in sorted(result.decisions.items())
        if decision.drift is Drift.LIVE_CHANGED
        for who, value in decision.overruled
        if who is ValueOrigin.BACKUP
    ]


def lost_values(merged: Merged) -> list[tuple[str, str, Json, Json]]:
    """(field, unit, live value, git's value) wherever git overruled an edit made in the store."""
    overruled = (Drift.LIVE_EDITED, Drift.BOTH)
    return [
        (name, unit, value, decision.value)
        for name, result in sorted(merged.results.items())
        for unit, decision in sorted(result.decisions.items())
        if decision.drift in overruled and decision.origin is ValueOrigin.GIT
        for who, value in decision.overruled
        if who is ValueOrigin.LIVE and not isinstance(decision.value, NoValue)
    ]


def some(names: Sequence[str]) -> str:
    """The first five, and dots for the rest."""
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown}, ..."  # noqa: PLR2004

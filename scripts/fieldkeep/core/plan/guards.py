"""The guards: each looks at a merge and says, with its numbers and its flag, why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from fieldkeep.core.document.attributes import NO_VALUES, STRUCTURE, NoValue, field_values, same
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.core.plan.plan import some
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.record import NoRecord, Owned, Record
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import Refused
from fieldkeep.model import Json

_MOST_TOLD: Final = 5


NAMES: Final = (
    *("hold", "owner", "rollback", "prune", "empty", "deletes", "changes", "breaking", "size"),
)
"""Every guard that a refusal may name."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the user allowed by flag; each stands for exactly one guard."""

    deletes: bool = False
    changes: bool = False
    empty: bool = False
    rollback: bool = False
    take_over: bool = False
    hold: bool = False
    breaking: bool = False


class Ancestry(Enum):
    """How the record's commit stands to ours, as git knows it."""

    NOT_ASKED = "not asked"
    ANCESTOR = "ancestor"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GuardContext:
    """What a guard needs besides the merge."""

    owner: str | None
    ancestry: Ancestry
    hold: Hold | None
    prune: bool
    thresholds: Thresholds = field(default_factory=Thresholds)


def guard(
    desired: Desired,
    stored: StoreState,
    merged: Merged,
    base: Owned,
    around: GuardContext,
    allowed: Allowed,
) -> tuple[Refusal, ...]:
    """Every refusal at once: whoever reads them should not meet them one by one."""
    return (
        *_held(around.hold, allowed),
        *foreign_owner(stored, around.owner, allowed),
        *_rollback(stored, around.ancestry, allowed),
        *_pruning(desired, around),
        *_empty(desired, merged, base, allowed),
        *_deletes(desired, stored, merged, base, around.thresholds, allowed),
        *_changes(stored, merged, base, around.thresholds, allowed),
    )


def refused(refusals: Sequence[Refusal]) -> Refused:
    """The error with every guard's numbers and flag."""
    lines = [f"{r.message} [{r.guard}{f': {r.flag}' if r.flag else ''}]" for r in refusals]
    flags = " ".join(r.flag for r in refusals if r.flag)
    ways = [f"look at `fieldkeep plan`; if this is meant: {flags}"] if flags else []
    hints = [r.hint for r in refusals if r.hint]
    return Refused("refused, nothing was written: " + "; ".join(lines), "; ".join([*ways, *hints]))


_RELEASE: Final = "`fieldkeep release` ends the hold"
_READABLE: Final = "nothing allows this: make every source readable, or leave --prune out"


def _held(hold: Hold | None, allowed: Allowed) -> Iterator[Refusal]:
    if hold and not allowed.hold:
        yield Refusal("hold", str(hold), "--override-hold", _RELEASE)


def foreign_owner(stored: StoreState, owner: str | None, allowed: Allowed) -> Iterator[Refusal]:
    """Another owner's document; also asked by restore, which has no merge."""
    if allowed.take_over:
        return
    newest = stored.history.newest_of_ours
    # the record is of the last apply; a backup speaks only where there is none
    teller = stored.record if isinstance(stored.record, Record) else newest
    other = teller.text("owner") if teller else None
    if other is not None and other != owner:
        mine = (
            f"we are '{owner}'" if owner else "our own owner is unknown (set owner, or an origin)"
        )
        yield Refusal("owner", f"this key belongs to '{other}'; {mine}", "--take-over")


def _rollback(stored: StoreState, ancestry: Ancestry, allowed: Allowed) -> Iterator[Refusal]:
    if allowed.rollback or isinstance(stored.record, NoRecord):
        return
    commit = (stored.commit or "")[:12]
    match ancestry:
        case Ancestry.OTHER:
            message = f"the store already has commit {commit}, which ours does not contain"
            yield Refusal("rollback", message, "--allow-rollback")
        case Ancestry.UNKNOWN:
            message = (
                f"the store has commit {commit}, which is not in this clone:"
                " pull, or fetch the whole history if the clone is shallow"
            )
            yield Refusal("rollback", message, "--allow-rollback")


def _pruning(desired: Desired, around: GuardContext) -> Iterator[Refusal]:
    if around.prune and desired.skipped:
        why = "; ".join(f"{skipped.source}: {skipped.reason}" for skipped in desired.skipped)
        message = f"nothing may be pruned while a source cannot be read ({why})"
        yield Refusal("prune", message, "", _READABLE)


def _left(desired: Desired, merged: Merged, base: Owned) -> list[str]:
    """Fields whose file left git and from which this apply takes what git had set."""
    return [
        name
        for name in sorted(base.keys() - desired.files.keys())
        if name in merged.deleted
        or (
            name in merged.results
            and any(
                unit in merged.results[name].decisions
                and not same(unit, merged.results[name].decisions[unit].value, value)
                for unit, value in base[name].items()
            )
        )
    ]


def _empty(desired: Desired, merged: Merged, base: Owned, allowed: Allowed) -> Iterator[Refusal]:
    if desired.files or allowed.empty:
        return
    taken = _left(desired, merged, base)
    if taken:
        message = f"there is no field file, but {len(taken)} fields were applied from git before"
        yield Refusal("empty", message, "--allow-empty")


def _deletes(
    desired: Desired,
    stored: StoreState,
    merged: Merged,
    base: Owned,
    thresholds: Thresholds,
    allowed: Allowed,
) -> Iterator[Refusal]:
    going = sorted({*merged.deleted, *_left(desired, merged, base)})
    total = len(stored.effective.fields) if stored.effective else 0
    if allowed.deletes or not going:
        return
    if bound := thresholds.many_deletes(len(going), total):
        message = f"{len(going)} of {total} fields would lose what git had set ({some(going)})"
        yield Refusal("deletes", f"{message}, {bound}", "--allow-deletes")


def _changes(
    stored: StoreState, merged: Merged, base: Owned, thresholds: Thresholds, allowed: Allowed
) -> Iterator[Refusal]:
    effective = stored.effective
    if effective is None or allowed.changes:
        return
    compared = sorted(merged.results.keys() & effective.fields.keys())
    changed = [
        name for name in compared if _changed(stored, merged, base, name, effective.fields[name])
    ]
    if bound := thresholds.many_changes(len(changed), len(compared)):
        message = (
            f"{len(changed)} of {len(compared)} fields would change ({some(changed)}), {bound}"
        )
        if isinstance(stored.record, NoRecord) and not base:
            message += (
                "; git never knew this document: `fieldkeep adopt --all` brings it under git first"
            )
        yield Refusal("changes", message, "--allow-changes")


def breaking(impact: Iterable[Impact], allowed: Allowed) -> Iterator[Refusal]:
    """Asked once services were counted."""
    told = [f"{one.field}: {one.message}" for one in impact if one.breaking]
    if told and not allowed.breaking:
        count = "1 change breaks" if len(told) == 1 else f"{len(told)} changes break"
        more = "; ..." if len(told) > _MOST_TOLD else ""
        message = f"{count} what others rely on: {'; '.join(told[:_MOST_TOLD])}{more}"
        yield Refusal("breaking", message, "--allow-breaking")


def _changed(
    stored: StoreState, merged: Merged, base: Owned, name: str, entry: Mapping[str, Json]
) -> bool:
    """Whether the result differs from the base (where git owned) or live, other than by putting
    back what the backup had."""
    live, owned = field_values(entry), base.get(name, {})
    ours = stored.previous_backup
    kept = (
        field_values(ours.document.fields[name])
        if ours and name in ours.document.fields
        else NO_VALUES
    )
    for unit, decision in merged.results[name].decisions.items():
        was = owned.get(unit, live.get(unit))
        if unit in STRUCTURE or was is NoValue.NOT_MENTIONED or same(unit, decision.value, was):
            continue
        if not same(unit, decision.value, kept.get(unit)):
            return True
    return False

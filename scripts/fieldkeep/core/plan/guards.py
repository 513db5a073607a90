"""The guards: each may refuse a merge, with its numbers and the flag that overrides it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Final

from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.document.attributes import NO_VALUES, STRUCTURE, NoValue, field_values, same
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.merge.outcome import Drift, ValueOrigin
from fieldkeep.core.plan.checkout import Standing
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.core.plan.held import with_consequence
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.record import NoRecord, Owned, Record, UnknownRecord
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import Refused
from fieldkeep.model import Json

BREAKING: Final = "breaking"
NAMES: Final = (
    *("hold", "owner", "branch", "clean", "record", "rollback", "prune", "empty"),
    *("deletes", "changes", BREAKING, "size"),
)
"""Every guard that a refusal may name."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The guards that the user overrides, each by its own flag."""

    deletes: bool = False
    changes: bool = False
    empty: bool = False
    rollback: bool = False
    take_over: bool = False
    hold: bool = False
    breaking: bool = False


_OTHER_FLAGS: Final = {"take_over": "--take-over", "hold": "--override-hold"}


def flags(allowed: Allowed, *, prune: bool) -> tuple[str, ...]:
    """The flags as the user types them, sorted."""
    names = [field.name for field in fields(allowed) if getattr(allowed, field.name)]
    typed = [_OTHER_FLAGS.get(name, f"--allow-{name}") for name in names]
    return tuple(sorted([*typed, *(["--prune"] if prune else [])]))


class Ancestry(Enum):
    """How the record's commit is related to ours, according to git."""

    NOT_ASKED = "not asked"
    ANCESTOR = "ancestor"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GuardContext:
    """What the guards need besides the merge. ``owner`` is our own, ``undone`` what the first sync
    after the ``hold`` of a restore would undo."""

    owner: str | None
    ancestry: Ancestry
    hold: Hold | None
    prune: bool
    allowed: Allowed = field(default_factory=Allowed)
    thresholds: Thresholds = field(default_factory=Thresholds)
    undone: tuple[str, ...] = ()
    standing: Standing = field(default_factory=Standing)


def refusals(
    desired: Desired, stored: StoreState, merged: Merged, base: Owned, context: GuardContext
) -> tuple[Refusal, ...]:
    """Every refusal at once, so that the user need not meet them one by one."""
    allowed = context.allowed
    removed = _fields_removed_from_git(desired, merged, base)
    return (
        *_held(context.hold, context.undone, allowed),
        *_newer_record(stored),
        *foreign_owner(stored, context.owner, allowed),
        *context.standing.refusals(),
        *_rollback(stored, context),
        *_pruning(desired, context),
        *(() if desired.files else _empty(removed, allowed)),
        *_deletes(stored, {*merged.deleted, *removed}, context),
        *_changes(stored, merged, base, context),
    )


def overridden(
    desired: Desired,
    stored: StoreState,
    merged: Merged,
    base: Owned,
    context: GuardContext,
    refusing: Sequence[Refusal],
) -> tuple[Refusal, ...]:
    """What would refuse if no flag allowed it, beside what is ``refusing``."""
    if context.allowed == Allowed():
        return ()
    strict = refusals(desired, stored, merged, base, replace(context, allowed=Allowed()))
    return tuple(refusal for refusal in strict if refusal not in refusing)


def refused(refusals: Sequence[Refusal]) -> Refused:
    """The error with every guard's numbers and flag."""
    lines = [f"{r.message} [{r.guard}{f': {r.flag}' if r.flag else ''}]" for r in refusals]
    flags = " ".join(r.flag for r in refusals if r.flag)
    ways = [f"look at `fieldkeep plan`; if this is meant: {flags}"] if flags else []
    hints = [r.hint for r in refusals if r.hint]
    more = [
        f"`fieldkeep explain {name}` says more" for name in dict.fromkeys(r.guard for r in refusals)
    ]
    return Refused("refused, nothing was written: " + "; ".join(lines), *ways, *hints, *more)


_RELEASE: Final = "`fieldkeep release` ends the hold"
_READABLE: Final = "no flag overrides this guard: make every source readable, or leave --prune out"


def _held(hold: Hold | None, undone: tuple[str, ...], allowed: Allowed) -> Iterator[Refusal]:
    if hold and not allowed.hold:
        yield Refusal("hold", with_consequence(hold, undone), "--override-hold", _RELEASE)


def _newer_record(stored: StoreState) -> Iterator[Refusal]:
    if isinstance(stored.record, UnknownRecord):
        yield Refusal("record", str(stored.record), "", stored.record.hint)


def foreign_owner(stored: StoreState, owner: str | None, allowed: Allowed) -> Iterator[Refusal]:
    """Refuses another owner's document. A restore, which has no merge, asks this too."""
    if allowed.take_over:
        return
    if stored.foreign:
        yield Refusal(
            "owner",
            f"this key holds a value that no fieldkeep wrote and that is no document"
            f" ({stored.foreign}); it would be set aside",
            "--take-over",
        )
    # the record is of the last apply; a backup counts only where there is none
    entry = stored.record if isinstance(stored.record, Record) else stored.history.newest_of_ours
    other = entry.text("owner") if entry else None
    if other is not None and other != owner:
        mine = (
            f"we are '{owner}'" if owner else "our own owner is unknown (set owner, or an origin)"
        )
        yield Refusal("owner", f"this key belongs to '{other}'; {mine}", "--take-over")


def _rollback(stored: StoreState, context: GuardContext) -> Iterator[Refusal]:
    standing = context.standing
    if context.allowed.rollback:
        return
    if stored.commit is None and standing.shared and standing.behind:
        behind = f"{number(standing.behind, 'commit')} behind {standing.remote}"
        message = f"no record says which commit was applied last, and this clone is {behind}: pull"
        yield Refusal("rollback", message, "--allow-rollback")
    if isinstance(stored.record, NoRecord):
        return
    commit = (stored.commit or "")[:12]
    match context.ancestry:
        case Ancestry.OTHER:
            message = f"the store already has commit {commit}, which ours does not contain"
            yield Refusal("rollback", message, "--allow-rollback")
        case Ancestry.UNKNOWN:
            message = (
                f"the store has commit {commit}, which is not in this clone:"
                " pull, or fetch the whole history if the clone is shallow"
            )
            yield Refusal("rollback", message, "--allow-rollback")


def _pruning(desired: Desired, context: GuardContext) -> Iterator[Refusal]:
    if context.prune and desired.skipped:
        reasons = "; ".join(f"{skipped.source}: {skipped.reason}" for skipped in desired.skipped)
        message = f"nothing may be pruned while a source cannot be read ({reasons})"
        yield Refusal("prune", message, "", _READABLE)


def _fields_removed_from_git(desired: Desired, merged: Merged, base: Owned) -> list[str]:
    """Fields whose file left git and that lose in this apply what git had set."""
    return [
        name
        for name in sorted(base.keys() - desired.files.keys())
        if name in merged.deleted or _loses(merged, name, base[name])
    ]


def _loses(merged: Merged, name: str, owned: Mapping[str, Json]) -> bool:
    decisions = merged.results[name].decisions if name in merged.results else {}
    return any(
        attribute in decisions and not same(attribute, decisions[attribute].value, value)
        for attribute, value in owned.items()
    )


def _empty(removed: Sequence[str], allowed: Allowed) -> Iterator[Refusal]:
    if removed and not allowed.empty:
        applied = f"{number(len(removed), 'field')} {'was' if len(removed) == 1 else 'were'}"
        message = f"there is no field file, but {applied} applied from git before"
        yield Refusal("empty", message, "--allow-empty")


def _deletes(stored: StoreState, names: set[str], context: GuardContext) -> Iterator[Refusal]:
    total = len(stored.effective.fields) if stored.effective else 0
    if context.allowed.deletes or not names:
        return
    if exceeded := context.thresholds.many_deletes(len(names), total):
        fields = first_few(sorted(names))
        message = f"{len(names)} of {total} fields would lose what git had set ({fields})"
        yield Refusal("deletes", f"{message}, {exceeded}", "--allow-deletes")


def _changes(
    stored: StoreState, merged: Merged, base: Owned, context: GuardContext
) -> Iterator[Refusal]:
    effective = stored.effective
    if effective is None or context.allowed.changes:
        return
    compared = sorted(merged.results.keys() & effective.fields.keys())
    changed = [
        name for name in compared if _changed(stored, merged, base, name, effective.fields[name])
    ]
    if exceeded := context.thresholds.many_changes(len(changed), len(compared)):
        fields = first_few(changed)
        message = f"{len(changed)} of {len(compared)} fields would change ({fields}), {exceeded}"
        if isinstance(stored.record, NoRecord) and not base:
            message += (
                "; git never knew this document: `fieldkeep adopt --all` brings it under git first"
            )
        yield Refusal("changes", message, "--allow-changes")


def breaking(impact: Iterable[Impact], allowed: Allowed) -> Iterator[Refusal]:
    """Refuses breaking changes; asked once services were counted."""
    breaks = [f"{entry.field}: {entry.message}" for entry in impact if entry.breaking]
    if breaks and not allowed.breaking:
        count = "1 change breaks" if len(breaks) == 1 else f"{len(breaks)} changes break"
        message = f"{count} what others rely on: {first_few(breaks, separator='; ')}"
        yield Refusal(BREAKING, message, "--allow-breaking")


def _changed(
    stored: StoreState, merged: Merged, base: Owned, name: str, entry: Mapping[str, Json]
) -> bool:
    """Whether a field's result differs from the base (from live where git set nothing), and does
    not just put back what the newest backup had."""
    live, owned = field_values(entry), base.get(name, {})
    backup = stored.previous_backup
    in_backup = (
        field_values(backup.document.fields[name])
        if backup and name in backup.document.fields
        else NO_VALUES
    )
    for attribute, decision in merged.results[name].decisions.items():
        before = owned.get(attribute, live.get(attribute))
        if attribute in STRUCTURE or before is NoValue.NOT_MENTIONED:
            continue
        if decision.drift is Drift.MACHINE_RESET and decision.origin is ValueOrigin.BACKUP:
            continue
        puts_back = same(attribute, decision.value, in_backup.get(attribute))
        if not same(attribute, decision.value, before) and not puts_back:
            return True
    return False

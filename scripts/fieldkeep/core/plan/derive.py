"""Makes a plan of a merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldkeep.core.common import canonical
from fieldkeep.core.common.places import places_of
from fieldkeep.core.document.difference import differences
from fieldkeep.core.document.document import Document, compare
from fieldkeep.core.merge.decide import Decision
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.merge.merged_field import MergedField
from fieldkeep.core.merge.outcome import Drift, FieldDrift, ValueOrigin
from fieldkeep.core.plan.findings import Refusal
from fieldkeep.core.plan.plan import Action, Attribute, Change, Headroom, Plan
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import NEARLY_FULL_PERCENT, Json


def plan_of(
    stored: StoreState,
    merged: Merged,
    document: Document,
    *,
    refusals: Sequence[Refusal],
    overridden: Sequence[Refusal],
    flags: tuple[str, ...],
    document_drift: Sequence[FieldDrift],
    warnings: Sequence[str],
    headroom: Headroom,
) -> Plan:
    """``document`` is the merged one, ``document_drift`` the drift of the live one as a whole."""
    before = stored.effective
    comparison = compare(before, document) if before else None
    names = comparison.fields if comparison else tuple(sorted(document.fields))
    changes = tuple(_change(name, before, merged.results.get(name)) for name in names)
    entries = (*merged.drift, *document_drift)
    drift = tuple(sorted(entries, key=lambda entry: (entry.field, entry.drift, entry.attributes)))
    return Plan(
        changes=changes,
        drift=drift,
        orphans=tuple(entry.field for entry in drift if entry.drift is Drift.ORPHAN),
        refusals=tuple(refusals),
        warnings=(*merged.warnings, *warnings, *_nearly_full(headroom)),
        digest=_digest(stored, merged, document),
        notes=_ordered_writes(headroom),
        unchanged=sum(1 for name in document.fields if name not in names),
        total=len(document.fields),
        store=headroom,
        status_changes=comparison is not None and comparison.status,
        head_changes=comparison is not None and comparison.substance and not comparison.fields,
        flags=flags,
        overridden=tuple(overridden),
    )


def _nearly_full(headroom: Headroom) -> tuple[str, ...]:
    size, limit = headroom.largest_bytes, headroom.limit
    percent = headroom.percent(size)
    if percent < NEARLY_FULL_PERCENT:
        return ()
    used = f"{percent} % of the largest value that the store takes"
    way = "lower history, prune orphans, or raise max_value_bytes if the server allows more"
    return (f"{headroom.largest_key} fills {used} ({size:,} of {limit:,} bytes): {way}",)


def _ordered_writes(headroom: Headroom) -> tuple[str, ...]:
    """For information: the writes are as safe, but other writers can be seen in between."""
    if headroom.writes <= 1:
        return ()
    return (f"too large for one transaction: {headroom.writes} writes in order, each checked",)


def _change(name: str, before: Document | None, result: MergedField | None) -> Change:
    old = before.fields.get(name) if before else None
    new = result.attributes if result else None
    action = Action.DELETE if new is None else Action.CREATE if old is None else Action.UPDATE
    return Change(name, action, tuple(_attributes(old, new, result)))


def _attributes(
    old: Mapping[str, Json] | None, new: Mapping[str, Json] | None, result: MergedField | None
) -> list[Attribute]:
    decisions = result.decisions if result else {}
    places = places_of(result.file) if result and result.file else None
    from_git = _parts_from_git(decisions)
    attributes = []
    for difference in differences(old, new):
        attribute = difference.attribute
        decision = from_git.get(attribute, decisions.get(attribute))
        side = decision.origin if decision else ValueOrigin.DEFAULT
        from_backup = side is ValueOrigin.BACKUP
        attributes.append(
            Attribute(
                difference.place,
                difference.old,
                difference.new,
                # the last live value that is known: the JSON has four origins
                ValueOrigin.LIVE if from_backup else side,
                places.value(decision.entry) if places and decision and decision.entry else None,
                default=decision is not None and side is ValueOrigin.DEFAULT,
                from_backup=from_backup,
            )
        )
    return attributes


def _parts_from_git(decisions: Mapping[str, Decision]) -> Mapping[str, Decision]:
    """For an attribute whose parts are decided one by one, git's first decision on a part: the one
    to name where the whole of it differs."""
    firsts: dict[str, Decision] = {}
    for name in sorted(name for name in decisions if "." in name):
        if decisions[name].origin is ValueOrigin.GIT:
            firsts.setdefault(name.partition(".")[0], decisions[name])
    return firsts


def _digest(stored: StoreState, merged: Merged, document: Document) -> str:
    """One hash over what is live, what would be, and what git would own."""
    live = stored.document
    return canonical.digest(
        {
            "live": live.digest if isinstance(live, Document) else type(live).__name__,
            "result": document.substance.decode("utf-8", "surrogatepass"),
            "owned": merged.owned,
            "deleted": merged.deleted,
        }
    )

"""What the hold of a restore still protects, and what its end would undo."""

from __future__ import annotations

from fieldkeep.core.common.words import first_few
from fieldkeep.core.document.attributes import STRUCTURE, FieldValues, NoValue, field_values, same
from fieldkeep.core.document.document import Document
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.merge.merged_field import MergedField
from fieldkeep.core.stored.hold import Hold
from fieldkeep.core.stored.state import StoreState


def undone_by_sync(
    hold: Hold | None, desired: Desired, stored: StoreState, merged: Merged
) -> tuple[str, ...]:
    """The fields that the restore put back and that this merge would change, create or delete
    again; of an old hold, which does not name its fields, all that it would. Empty for a hold that
    a person set, and where there is no document."""
    live = stored.document
    if hold is None or not hold.by_restore or not isinstance(live, Document):
        return ()
    undone = set(merged.deleted)
    for name, result in merged.results.items():
        if name in live.fields:
            changed = changes_customizations(field_values(live.fields[name]), result)
        else:
            changed = name in desired.files
        if changed:
            undone.add(name)
    return tuple(sorted(undone & set(hold.fields) if hold.fields else undone))


def is_settled(hold: Hold, stored: StoreState, undone: tuple[str, ...]) -> bool:
    """Whether git says what a restore put back, so that its hold protects nothing any more. A
    restore in several writes that was interrupted may not have put it back yet."""
    is_live = isinstance(stored.document, Document) and stored.interrupted_apply is None
    return hold.by_restore and is_live and not undone


def changes_customizations(values: FieldValues, result: MergedField) -> bool:
    return any(
        attribute not in STRUCTURE
        and values.get(attribute) is not NoValue.NOT_MENTIONED
        and not same(attribute, decision.value, values.get(attribute))
        for attribute, decision in result.decisions.items()
    )


def with_consequence(hold: Hold, undone: tuple[str, ...]) -> str:
    """The hold as messages name it, and what the first sync after its end would undo."""
    if not undone:
        return str(hold)
    return f"{hold}; the first sync after that undoes it for {first_few(undone)}"

"""How many fields a plan creates, updates and deletes, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.words import number
from fieldkeep.core.plan.plan import Action, Plan

HEAD_CHANGES: Final = "document: something outside of its fields differs"
STATUS_CHANGES: Final = "extraction status: it differs from that of the last apply"


@dataclass(frozen=True, slots=True)
class Wording:
    """The same list before an apply and after it: past tense only when it has happened."""

    actions: Mapping[Action, str]
    unchanged: str = "unchanged"
    orphan: str = "kept as orphan"


BEFORE: Final = Wording(
    {Action.CREATE: "to create", Action.UPDATE: "to update", Action.DELETE: "to delete"}
)
AFTER: Final = Wording(
    {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
)


def counts(plan: Plan, wording: Wording) -> str:
    """``9 fields: 1 to create, 8 unchanged``, without what there is none of; nor is there what an
    older program left out of a plan."""
    count = plan.counts()
    numbers = {wording.actions[action]: count.get(action, 0) for action in Action}
    if plan.unchanged is not None:
        numbers |= {wording.unchanged: plan.unchanged, wording.orphan: len(plan.orphans)}
    parts = ", ".join(f"{count} {what}" for what, count in numbers.items() if count)
    total = [] if plan.total is None else [number(plan.total, "field")]
    return ": ".join(filter(None, [*total, parts])) or "no changes"

"""A plan in each format; the dict feeds the command's choice too."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.document.attributes import STRUCTURE
from fieldkeep.core.merge.outcome import FieldDrift, ValueOrigin
from fieldkeep.core.plan import alerts
from fieldkeep.core.plan.findings import NOT_PRODUCED, Impact
from fieldkeep.core.plan.plan import Action, Attribute, Change, Plan
from fieldkeep.render.counts import AFTER, BEFORE, HEAD_CHANGES, STATUS_CHANGES, Wording, counts
from fieldkeep.render.words import printable, size, value

_MOST_STRUCTURE: Final = 5  # fields that are shown one by one, like any other
SIDES: Final = {
    ValueOrigin.GIT: "git",
    ValueOrigin.LIVE: "live",
    ValueOrigin.BACKUP: "live, from the backup",
    ValueOrigin.PROMETHEUS: "Prometheus",
    ValueOrigin.DEFAULT: "default",
}
_FROM: Final = {
    ValueOrigin.GIT: "from git",
    ValueOrigin.LIVE: "as they were live",
    ValueOrigin.BACKUP: "from the backup",
    ValueOrigin.PROMETHEUS: "from Prometheus",
    ValueOrigin.DEFAULT: "at their defaults",
}


def text(plan: Plan, where: str) -> str:
    """``where`` names store and key, or the commit that it is made against."""
    head = "plan against" if plan.against else "plan for"
    lines = [f"{head} {where}", *_alerts(plan), *changes(plan, BEFORE), *drift_lines(plan.drift)]
    lines += [f"warning: {printable(warning)}" for warning in plan.warnings]
    lines += [f"note: {printable(note)}" for note in plan.notes]
    lines += impact_lines(plan.impact)
    for refusal in plan.refusals:
        way = f" (allowed by {refusal.flag})" if refusal.flag else ""
        lines.append(f"refused: {printable(refusal.message)} [{refusal.guard}]{way}")
    lines.append(counts(plan, BEFORE))
    lines.append(f"document: {headroom(plan)}")
    lines.append(f"digest: {plan.digest}")
    return "\n".join(lines)


def _alerts(plan: Plan) -> Iterable[str]:
    """What to know before the changes: see ``core.plan.alerts``."""
    alert, more = alerts.document_alert(plan)
    if alert:
        yield f"attention: {alert}" + (f" ({printable(more)})" if more else "")
    edits = alerts.undone_edits(plan)
    for edit in edits:
        yield (
            f"undoes an edit: {printable(edit.field)}.{printable(edit.attribute)} is"
            f" {value(edit.live)} in the application, git says {value(edit.git)}"
        )
    if edits:
        yield f"    `{alerts.adopt_command(plan)}` keeps what the application says"
    for name in alerts.returning_fields(plan):
        yield f"undoes a removal: {printable(name)} was removed there, its file is in git"
    for refusal in plan.overridden:
        yield f"overridden by {refusal.flag}: {printable(refusal.message)} [{refusal.guard}]"
    if plan.flags:
        yield f"flags: {' '.join(plan.flags)}"


def changes(plan: Plan, wording: Wording) -> Iterable[str]:
    """Each field that changes, with the old and the new value of each attribute and its side. Many
    fields in which nothing but structure changes are one line."""
    only_structure = [change for change in plan.changes if structure_only(change)]
    together = only_structure if len(only_structure) > _MOST_STRUCTURE else []
    if together:
        attributes = sorted({a.name for change in together for a in change.attributes})
        names = first_few([printable(change.field) for change in together])
        yield (
            f"{wording.actions[Action.UPDATE]}: structure as Prometheus gives it:"
            f" {', '.join(attributes)} of {len(together)} fields ({names})"
        )
    for change in plan.changes:
        if change in together:
            continue
        head = f"{wording.actions[change.action]}: {printable(change.field)}"
        if change.action is Action.CREATE and wording is AFTER:
            yield f"{head} ({_tally(change)})"  # the plan showed each attribute
            continue
        yield head
        if change.action is Action.CREATE:
            yield from _created(change)
        elif change.action is Action.UPDATE:
            yield from _updated(change.attributes)
    for name in plan.orphans:
        yield f"{wording.orphan}: {printable(name)}"
    if plan.head_changes:
        yield HEAD_CHANGES
    if plan.status_changes and not plan.changes:
        yield STATUS_CHANGES


def structure_only(change: Change) -> bool:
    names = {attribute.name for attribute in change.attributes}
    return change.action is Action.UPDATE and names <= set(STRUCTURE)


def _created(change: Change) -> Iterable[str]:
    """A new field in a line for each side that sets something, and the number of defaults."""
    for side in ValueOrigin:
        attributes = [a for a in change.attributes if a.side is side]
        if not attributes:
            continue
        if side is ValueOrigin.DEFAULT:
            yield f"    default: {number(len(attributes), 'attribute')}"
            continue
        where = next((f" ({printable(a.where.path)})" for a in attributes if a.where), "")
        values = ", ".join(f"{printable(a.name)} {value(a.new)}" for a in attributes)
        yield f"    {SIDES[side]}{where}: {values}"


def _tally(change: Change) -> str:
    """``17 attributes from git, 3 from Prometheus, 6 at their defaults``."""
    count = Counter(attribute.side for attribute in change.attributes)
    first, *rest = (side for side in ValueOrigin if count[side])
    parts = [f"{number(count[first], 'attribute')} {_FROM[first]}"]
    return ", ".join([*parts, *(f"{count[side]} {_FROM[side]}" for side in rest)])


def _updated(attributes: Iterable[Attribute]) -> Iterable[str]:
    for attribute in attributes:
        where = attribute.where
        place = f" {printable(where.path)}:{where.line}" if where else ""
        change = f"{value(attribute.old)} -> {value(attribute.new)}"
        if attribute.old is None and attribute.new is None:
            change = "added, without a value"
        yield f"    {printable(attribute.name)}: {change}  [{SIDES[attribute.side]}{place}]"


def drift_lines(drift: Iterable[FieldDrift]) -> Iterable[str]:
    for entry in drift:
        subject = printable(entry.field) if entry.field else "document"
        attributes = f" ({', '.join(map(printable, entry.attributes))})" if entry.attributes else ""
        detail = f": {printable(entry.detail)}" if entry.detail else ""
        kind = "drift" if entry.pending else "note"
        yield f"{kind}: {subject}: {entry.drift}{attributes}{detail}"


def impact_lines(impact: Iterable[Impact]) -> Iterable[str]:
    """What a plan means for others. A warning says already that no source gives a label."""
    for entry in impact:
        if entry.kind != NOT_PRODUCED:
            subject = f"{printable(entry.field)}: " if entry.field else ""
            kind = "breaking" if entry.breaking else "impact"
            yield f"{kind}: {subject}{printable(entry.message)}"


def headroom(plan: Plan) -> str:
    """How much of the largest value that the store takes the document fills."""
    if plan.store is None:
        return "size unknown"
    filled = f"{plan.store.percent(plan.store.bytes)} % of {size(plan.store.limit)}"
    return f"{size(plan.store.bytes)}, {filled}"


def as_json(plan: Plan, where: str) -> str:
    _ = where  # the store's address is no part of a plan
    return json.dumps(plan.to_json(), indent=2)


def as_markdown(plan: Plan, where: str) -> str:
    """As a comment on a pull request shows it."""
    from fieldkeep.render import report

    return report.report([report.Section(where, plan)]).rstrip("\n")


FORMATS: Final[Mapping[str, Callable[[Plan, str], str]]] = {
    "text": text,
    "json": as_json,
    "markdown": as_markdown,
}

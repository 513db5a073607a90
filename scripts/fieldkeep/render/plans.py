"""A plan in each format; the dict feeds the command's choice too."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fieldkeep.core.common.words import number
from fieldkeep.core.github import plandata
from fieldkeep.core.merge.decide import ValueOrigin
from fieldkeep.core.merge.merge import FieldDrift
from fieldkeep.core.plan.findings import Impact
from fieldkeep.core.plan.impact import NOT_PRODUCED
from fieldkeep.core.plan.plan import Action, Attribute, Change, Plan
from fieldkeep.model import Place
from fieldkeep.render import report
from fieldkeep.render.words import printable, size, value


@dataclass(frozen=True, slots=True)
class Wording:
    """The same list before an apply and after it: past tense only when it has happened."""

    words: Mapping[Action, str]
    unchanged: str = "unchanged"
    orphan: str = "kept as orphan"


HEAD_CHANGES: Final = "document: its own attributes differ, none of its fields"
STATUS_CHANGES: Final = "extraction status: a server answers otherwise than last time"

BEFORE: Final = Wording(
    {Action.CREATE: "to create", Action.UPDATE: "to update", Action.DELETE: "to delete"}
)
AFTER: Final = Wording(
    {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
)

_AUTHORS: Final = {
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
    lines = [f"{head} {where}", *changes(plan, BEFORE), *drift_lines(plan.drift)]
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


def changes(plan: Plan, wording: Wording) -> Iterable[str]:
    """Each field that changes, with each attribute's old and new value and who said the new one."""
    for change in plan.changes:
        head = f"{wording.words[change.action]}: {printable(change.field)}"
        if change.action is Action.CREATE and wording is AFTER:
            yield f"{head} ({_tally(change)})"  # what each attribute is was said by the plan
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


def _created(change: Change) -> Iterable[str]:
    """A new field in a few lines: what somebody said of it, and how much is default."""
    for origin in ValueOrigin:
        said = [a for a in change.attributes if a.origin is origin]
        if not said:
            continue
        if origin is ValueOrigin.DEFAULT:
            yield f"    default: {number(len(said), 'attribute')}"
            continue
        where = next((f" ({printable(a.where.path)})" for a in said if a.where), "")
        listed = ", ".join(f"{printable(a.name)} {value(a.new)}" for a in said)
        yield f"    {_AUTHORS[origin]}{where}: {listed}"


def _tally(change: Change) -> str:
    """``17 attributes from git, 3 from Prometheus, 6 from default``."""
    of = Counter(attribute.origin for attribute in change.attributes)
    first, *rest = (f"{of[origin]} {_FROM[origin]}" for origin in ValueOrigin if of[origin])
    return ", ".join([first.replace(" ", " attributes ", 1), *rest])


def _updated(attributes: Iterable[Attribute]) -> Iterable[str]:
    for attribute in attributes:
        spot = attribute.where
        place = f" {printable(spot.path)}:{spot.line}" if spot else ""
        nothing = attribute.old is None and attribute.new is None
        moved = "added, without a value" if nothing else _moved(attribute)
        yield f"    {printable(attribute.name)}: {moved}  [{_AUTHORS[attribute.origin]}{place}]"


def _moved(attribute: Attribute) -> str:
    return f"{value(attribute.old)} -> {value(attribute.new)}"


def drift_lines(drift: Iterable[FieldDrift]) -> Iterable[str]:
    for entry in drift:
        subject = printable(entry.field) if entry.field else "document"
        attributes = f" ({', '.join(map(printable, entry.attributes))})" if entry.attributes else ""
        detail = f": {printable(entry.detail)}" if entry.detail else ""
        kind = "drift" if entry.drift.pending else "note"
        yield f"{kind}: {subject}: {entry.drift}{attributes}{detail}"


def impact_lines(impact: Iterable[Impact]) -> Iterable[str]:
    """What a plan means for others; that no source gives a label is said by a warning already."""
    for one in impact:
        if one.kind != NOT_PRODUCED:
            subject = f"{printable(one.field)}: " if one.field else ""
            yield f"{'breaking' if one.breaking else 'impact'}: {subject}{printable(one.message)}"


def counts(plan: Plan, wording: Wording) -> str:
    of = plan.counts()
    parts = [f"{of.get(action, 0)} {wording.words[action]}" for action in Action]
    parts += [f"{plan.unchanged} {wording.unchanged}", f"{len(plan.orphans)} {wording.orphan}"]
    return f"{number(plan.total, 'field')}: " + ", ".join(parts)


def headroom(plan: Plan) -> str:
    """How much of the largest value that the store takes the document fills."""
    return f"{size(plan.size.bytes)}, {plan.size.percent} % of {size(plan.size.limit)}"


# --------------------------------------------------------------------------- json


def data(plan: Plan) -> dict[str, Any]:
    return {
        "schema": 1,
        "changes": [_change(change) for change in plan.changes],
        "counts": {
            **{action.value: plan.counts().get(action, 0) for action in Action},
            "unchanged": plan.unchanged,
            "orphans": len(plan.orphans),
            "total": plan.total,
        },
        "drift": drift(plan.drift),
        "orphans": list(plan.orphans),
        "impact": [
            {
                "kind": one.kind,
                "field": one.field or None,
                "message": one.message,
                "breaking": one.breaking,
                "services": one.services,
            }
            for one in plan.impact
        ],
        "refusals": [
            {"guard": r.guard, "message": r.message, "flag": r.flag or None} for r in plan.refusals
        ],
        "warnings": list(plan.warnings),
        "notes": list(plan.notes),
        "digest": plan.digest,
        "store": room(plan),
        "against": plan.against,
        "environment": plan.environment,
    }


def _change(change: Change) -> dict[str, Any]:
    attributes = [
        {
            "name": a.name,
            "old": a.old,
            "new": a.new,
            "origin": _origin(a.origin),
            "where": _line(a.where),
            "default": a.default,
        }
        for a in change.attributes
    ]
    return {"field": change.field, "action": change.action.value, "attributes": attributes}


def room(plan: Plan) -> dict[str, Any]:
    """``bytes`` of the document; ``largest`` is the value that comes nearest to ``limit``."""
    return {
        "bytes": plan.size.bytes,
        "limit": plan.size.limit,
        "largest": {"key": plan.room.key, "bytes": plan.room.size.bytes},
        "writes": plan.room.writes,
    }


def _origin(origin: ValueOrigin) -> str:
    # A backup's value is the last live one that we know of; the interface has four origins.
    return ValueOrigin.LIVE.value if origin is ValueOrigin.BACKUP else origin.value


def _line(where: Place | None) -> dict[str, Any] | None:
    return {"path": where.path, "line": where.line} if where else None


def drift(entries: Iterable[FieldDrift]) -> list[dict[str, Any]]:
    """``field`` is null for what concerns the document as a whole."""
    return [
        {
            "field": d.field or None,
            "class": d.drift.value,
            "attributes": list(d.attributes),
            "detail": d.detail or None,
        }
        for d in entries
    ]


def as_json(plan: Plan, where: str) -> str:
    _ = where  # the store's address is no part of a plan
    return json.dumps(data(plan), indent=2)


def as_markdown(plan: Plan, where: str) -> str:
    """As a comment shows it, from the same JSON."""
    return report.report([report.Section(where, plandata.of(data(plan)))]).rstrip("\n")


FORMATS: Final[Mapping[str, Callable[[Plan, str], str]]] = {
    "text": text,
    "json": as_json,
    "markdown": as_markdown,
}

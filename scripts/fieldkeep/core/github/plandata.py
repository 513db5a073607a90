"""A plan as its JSON says it: what crossed from one job of a workflow to another.

Whoever wrote it may have run other code than ours, so nothing in it is believed beyond its shape,
and every text in it is somebody else's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fieldkeep.core.common.shape import Shape, Unreadable, WrongShapeError, decode
from fieldkeep.core.plan.findings import Impact, Refusal
from fieldkeep.model import Json

SCHEMA: Final = 1
ACTIONS: Final = ("create", "update", "delete")
_MOST: Final = 1_000_000_000  # of fields, or of services: more is no count but a text to be shown


@dataclass(frozen=True, slots=True)
class Attribute:
    """One place of a field: ``where`` is ``path:line`` or empty, ``origin`` who says ``new``."""

    name: str
    old: Json
    new: Json
    origin: str
    where: str = ""
    default: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A field, and one of ``ACTIONS``."""

    field: str
    action: str
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """``field`` is empty for what concerns the whole document, ``kind`` the class."""

    field: str
    kind: str
    attributes: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """Fields by what happens to them; those that older plans do not tell are None."""

    create: int
    update: int
    delete: int
    unchanged: int | None = None
    orphans: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PlanFile:
    """``against`` and ``environment`` say of what, ``commit`` of which state it is a plan."""

    counts: Counts
    changes: tuple[Change, ...]
    drift: tuple[Drift, ...]
    orphans: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    digest: str
    impact: tuple[Impact, ...] = ()
    against: str = ""
    environment: str = ""
    commit: str = ""


def read(content: bytes) -> PlanFile | Unreadable:
    """What `plan --format json` or `plan --out` wrote."""
    try:
        return _plan(decode(content, SCHEMA))
    except WrongShapeError as error:
        return Unreadable(f"the file does not hold a plan: {error}")


def of(data: Mapping[str, Any]) -> PlanFile:
    """The same of a plan of our own, in the shape that its JSON has."""
    return _plan(Shape(data))


def _plan(plan: Shape) -> PlanFile:
    changes = tuple(_change(one) for one in plan.objects("changes"))
    bound = plan.optional_object("bound")
    return PlanFile(
        counts=_counts(plan.optional_object("counts"), changes),
        changes=changes,
        drift=tuple(drift(one) for one in plan.objects("drift")),
        orphans=plan.strings("orphans"),
        refusals=tuple(
            Refusal(
                one.required("guard", str),
                one.required("message", str),
                one.optional("flag", str, ""),
            )
            for one in plan.objects("refusals")
        ),
        warnings=plan.strings("warnings"),
        notes=plan.strings("notes") if "notes" in plan.values else (),
        digest=plan.required("digest", str),
        impact=tuple(map(_impact, plan.objects("impact") if "impact" in plan.values else ())),
        against=plan.optional("against", str, ""),
        environment=plan.optional("environment", str, ""),
        commit=bound.optional("commit", str, "") if bound else "",
    )


def _change(change: Shape) -> Change:
    action = change.required("action", str)
    if action not in ACTIONS:
        raise WrongShapeError(f"{change.at}.action is none of {', '.join(ACTIONS)}")
    attributes = tuple(_attribute(one) for one in change.objects("attributes"))
    return Change(change.required("field", str), action, attributes)


def _attribute(attribute: Shape) -> Attribute:
    place, origin = attribute.optional_object("where"), attribute.required("origin", str)
    where = f"{place.required('path', str)}:{place.required('line', int)}" if place else ""
    return Attribute(
        attribute.required("name", str),
        attribute.required("old", object),
        attribute.required("new", object),
        origin,
        where,
        # a plan that does not say it names the author, who is nobody else
        default=attribute.optional("default", bool, origin == "default"),
    )


def drift(entry: Shape) -> Drift:
    """An entry of a plan's or of a status' drift. Raises WrongShapeError."""
    return Drift(
        entry.optional("field", str, ""),
        entry.required("class", str),
        entry.strings("attributes"),
        entry.optional("detail", str, ""),
    )


def _impact(entry: Shape) -> Impact:
    return Impact(
        entry.required("kind", str),
        entry.optional("field", str, ""),
        entry.required("message", str),
        breaking=entry.optional("breaking", bool, default=False),
        services=_number(entry, "services"),
    )


def _counts(said: Shape | None, changes: tuple[Change, ...]) -> Counts:
    """The changes are counted here; what is said besides is only about the fields that stay."""
    of = Counter(change.action for change in changes)
    counted = [of[action] for action in ACTIONS]
    if said is None:
        return Counts(*counted)
    if [said.required(action, int) for action in ACTIONS] != counted:
        raise WrongShapeError("counts are not those of the changes")
    rest = [_number(said, name) for name in ("unchanged", "orphans", "total")]
    return Counts(*counted, *rest)


def _number(said: Shape, name: str) -> int | None:
    """How many, where it is said."""
    found = said.optional(name, int)
    if found is not None and not 0 <= found <= _MOST:
        raise WrongShapeError(f"{said.at}.{name} is no count")
    return found

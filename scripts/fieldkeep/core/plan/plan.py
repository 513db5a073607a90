"""A plan: what an apply would change, before anything is written. It writes its own JSON, and is
read back from it without what made it: no merge, no store.

A plan that is read may come from a job that ran other code, so only its shape is relied on, and
every text in it is other people's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from fieldkeep.core.common.shape import Shape, Unreadable, WrongShapeError, decode
from fieldkeep.core.merge.outcome import FieldDrift, ValueOrigin
from fieldkeep.core.plan.findings import Impact, Refusal, optional_count
from fieldkeep.model import Json, Place

SCHEMA: Final = 1

Named = TypeVar("Named", bound=StrEnum)


class Action(StrEnum):
    """What happens to a field."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One place of a field that changes. ``origin`` is the side that ``new`` comes from, ``where``
    the line in git that sets it. The JSON leaves out ``from_backup``: a value of live's that only
    the newest backup still has."""

    name: str
    old: Json
    new: Json
    origin: ValueOrigin
    where: Place | None = None
    default: bool = False
    from_backup: bool = field(default=False, compare=False)

    @property
    def side(self) -> ValueOrigin:
        return ValueOrigin.BACKUP if self.from_backup else self.origin

    def to_json(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "old": self.old,
            "new": self.new,
            "origin": self.origin.value,
            "where": {"path": self.where.path, "line": self.where.line} if self.where else None,
            "default": self.default,
        }

    @classmethod
    def from_json(cls, entry: Shape) -> Attribute:
        """Raises WrongShapeError."""
        origin, where = _member(entry, "origin", ValueOrigin), entry.optional_object("where")
        return cls(
            entry.required("name", str),
            entry.required("old", object),
            entry.required("new", object),
            origin,
            Place(where.required("path", str), where.required("line", int)) if where else None,
            # an older program does not say it: it named an origin for all else
            default=entry.optional("default", bool, origin is ValueOrigin.DEFAULT),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is created, updated or deleted, with every place that differs."""

    field: str
    action: Action
    attributes: tuple[Attribute, ...]

    def to_json(self) -> dict[str, Json]:
        attributes = [attribute.to_json() for attribute in self.attributes]
        return {"field": self.field, "action": self.action.value, "attributes": attributes}

    @classmethod
    def from_json(cls, entry: Shape) -> Change:
        """Raises WrongShapeError."""
        attributes = tuple(map(Attribute.from_json, entry.objects("attributes")))
        return cls(entry.required("field", str), _member(entry, "action", Action), attributes)


@dataclass(frozen=True, slots=True)
class Headroom:
    """How full the store would be. ``bytes`` of the document and ``largest_bytes`` of the largest
    value, that of ``largest_key``, out of ``limit`` that the store takes for one value; ``writes``
    is the number of transactions, 0 if there is nothing to write."""

    bytes: int
    limit: int
    largest_key: str
    largest_bytes: int
    writes: int = 0

    def percent(self, size: int) -> int:
        return round(100 * size / self.limit)

    def to_json(self) -> dict[str, Json]:
        return {
            "bytes": self.bytes,
            "limit": self.limit,
            "largest": {"key": self.largest_key, "bytes": self.largest_bytes},
            "writes": self.writes,
        }

    @classmethod
    def from_json(cls, shape: Shape) -> Headroom:
        """Raises WrongShapeError. Older programs knew the document's size only."""
        size, limit = shape.required("bytes", int), shape.required("limit", int)
        largest = shape.optional_object("largest")
        return cls(
            size,
            limit,
            largest.required("key", str) if largest else "",
            largest.required("bytes", int) if largest else size,
            shape.optional("writes", int, 0),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """``unchanged`` and ``total`` count fields; these and ``store`` are None where an older program
    left them out. ``against`` is the commit that stands in for what is live, ``environment`` the
    one that was asked for. ``flags`` are those of the command line, and ``overridden`` what would
    refuse without them. ``status_changes``: the answers of the servers differ; ``head_changes``:
    attributes of the document itself do, its version for one."""

    changes: tuple[Change, ...]
    drift: tuple[FieldDrift, ...]
    orphans: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    warnings: tuple[str, ...]
    digest: str
    notes: tuple[str, ...] = ()
    impact: tuple[Impact, ...] = ()
    unchanged: int | None = None
    total: int | None = None
    store: Headroom | None = None
    against: str | None = None
    environment: str | None = None
    status_changes: bool = False
    head_changes: bool = False
    flags: tuple[str, ...] = ()
    overridden: tuple[Refusal, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether an apply would change the document, or drift needs one."""
        document = bool(self.changes) or self.status_changes or self.head_changes
        return document or any(entry.pending for entry in self.drift)

    def counts(self) -> Mapping[Action, int]:
        return Counter(change.action for change in self.changes)

    def to_json(self) -> dict[str, Json]:
        return {
            "schema": SCHEMA,
            "changes": [change.to_json() for change in self.changes],
            "counts": {
                **{action.value: self.counts().get(action, 0) for action in Action},
                "unchanged": self.unchanged,
                "orphans": len(self.orphans),
                "total": self.total,
            },
            "drift": [entry.to_json() for entry in self.drift],
            "orphans": list(self.orphans),
            "impact": [impact.to_json() for impact in self.impact],
            "refusals": [refusal.to_json() for refusal in self.refusals],
            "flags": list(self.flags),
            "overridden": [refusal.to_json() for refusal in self.overridden],
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "digest": self.digest,
            "store": self.store.to_json() if self.store else None,
            "against": self.against,
            "environment": self.environment,
            "status_changes": self.status_changes,
            "head_changes": self.head_changes,
        }

    @classmethod
    def from_json(cls, plan: Shape) -> Plan:
        """Raises WrongShapeError: a list that is missing is never an empty one, save those that
        older programs did not write (``impact``, ``notes``, ``flags``, ``overridden``)."""
        changes = tuple(map(Change.from_json, plan.objects("changes")))
        orphans, store = plan.strings("orphans"), plan.optional_object("store")
        unchanged, total = _counts(plan.optional_object("counts"), changes, orphans)
        return cls(
            changes=changes,
            drift=tuple(map(FieldDrift.from_json, plan.objects("drift"))),
            orphans=orphans,
            refusals=tuple(map(Refusal.from_json, plan.objects("refusals"))),
            warnings=plan.strings("warnings"),
            digest=plan.required("digest", str),
            notes=plan.strings("notes") if "notes" in plan.values else (),
            impact=tuple(
                map(Impact.from_json, plan.objects("impact") if "impact" in plan.values else ())
            ),
            flags=plan.strings("flags") if "flags" in plan.values else (),
            overridden=tuple(
                map(
                    Refusal.from_json,
                    plan.objects("overridden") if "overridden" in plan.values else (),
                )
            ),
            unchanged=unchanged,
            total=total,
            store=Headroom.from_json(store) if store else None,
            against=plan.optional("against", str),
            environment=plan.optional("environment", str),
            status_changes=plan.optional("status_changes", bool, default=False),
            head_changes=plan.optional("head_changes", bool, default=False),
        )


def read(content: bytes) -> Plan | Unreadable:
    """What `plan --format json` or `plan --out` wrote."""
    try:
        return Plan.from_json(decode(content, SCHEMA))
    except WrongShapeError as error:
        return Unreadable(f"the file does not hold a plan: {error}")


def _counts(
    counts: Shape | None, changes: tuple[Change, ...], orphans: tuple[str, ...]
) -> tuple[int | None, int | None]:
    """The fields that stay, and all of them. The other counts follow from the lists."""
    if counts is None:
        return None, None
    actions = Counter(change.action for change in changes)
    expected = {action.value: actions[action] for action in Action}
    counted = {name: counts.required(name, int) for name in expected}
    if counted != expected or counts.optional("orphans", int, len(orphans)) != len(orphans):
        raise WrongShapeError("counts are not those of the changes and orphans")
    return optional_count(counts, "unchanged"), optional_count(counts, "total")


def _member(shape: Shape, name: str, kind: type[Named]) -> Named:
    text = shape.required(name, str)
    member = next((member for member in kind if member == text), None)
    if member is None:
        raise WrongShapeError(f"{shape.at}.{name} is none of {', '.join(kind)}")
    return member

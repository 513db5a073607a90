"""``<key>.sync``: our record of what was applied. It holds the base of the merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fieldkeep import __version__
from fieldkeep.core.common import canonical
from fieldkeep.model import Absent, Json, Live, Writer

SCHEMA_VERSION: Final = 1
_PACKED_VERSION: Final = 2
"""Of a record whose ``owned`` is gzipped, as the announcement of a large apply has it. Programs
that do not know it refuse it."""

Owned = Mapping[str, Mapping[str, Json]]
UnconfirmedBases = Mapping[str, Mapping[str, Sequence[Json]]]
"""Per field and attribute: every value set by an apply that was interrupted before it was
confirmed."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Attributes, by field, whose values are not said again: they are those of the base, or of the
    document whose substance has the digest ``state``. ``earlier``: an earlier apply set them."""

    state: str
    names: Mapping[str, Sequence[str]]
    earlier: bool = False


BASE: Final = "base"
"""As the ``state`` of a Reference: the base in the record."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An apply in several writes that has begun: the content of the record once the document, whose
    bytes have this ``digest``, is live; '' for an apply that writes no document. ``at``: when it
    began. ``recreated``: the apply repairs a recreated document.
    ``may_be_applied``: a capture since then saw a document that was written after it began.
    ``earlier_runs`` were interrupted before it and never confirmed; ``earlier_bases`` are what they
    set. ``references`` stand for values that ``owned`` and ``earlier_bases`` leave out."""

    run: str
    commit: str | None
    owner: str | None
    serial: int
    digest: str
    at: str | None
    owned: Owned
    recreated: bool = False
    earlier_runs: tuple[str, ...] = ()
    earlier_bases: UnconfirmedBases = field(default_factory=dict)
    may_be_applied: bool = False
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What a capture left for the next merge: the live document that it backed up was
    ``recreated``, or had damaged entries, and the backup with this ``serial`` is the newest from
    before."""

    serial: int
    recreated: bool


@dataclass(frozen=True, slots=True)
class Record:
    """The record as decoded. ``owned`` is the base: per field, the attributes that git set, with
    the values applied. ``pending`` is an apply that has begun; ``pending_was_applied``: its
    document is live."""

    raw: Mapping[str, Json]
    owned: Owned
    serial: int
    pending: Pending | None = None
    pending_was_applied: bool = False

    def text(self, name: str) -> str | None:
        return _text(self.raw.get(name))

    @property
    def unmerged(self) -> Unmerged | None:
        """What captures since the last apply have seen; None if nothing, or if it is damaged."""
        match self.raw.get("unmerged"):
            case {"serial": int(serial), "recreated": bool(recreated)}:
                return Unmerged(serial, recreated)
        return None

    @property
    def backups(self) -> tuple[int, ...] | None:
        """The serials of the entries of ours that the history has; None if it does not say."""
        value = self.raw.get("backups")
        if not isinstance(value, list):
            return None
        return tuple(n for n in value if isinstance(n, int) and not isinstance(n, bool))

    @property
    def applied(self) -> Mapping[str, Json]:
        value = self.raw.get("applied")
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class NoRecord:
    """There is no record, or none that can be used."""


@dataclass(frozen=True, slots=True)
class DamagedRecord(NoRecord):
    """The key has a value that is no record: it is set aside before a record replaces it."""

    reason: str


@dataclass(frozen=True, slots=True)
class UnknownRecord(NoRecord):
    """A record of a schema ``version`` that we do not know, as a newer fieldkeep (``tool``) writes
    it. It blocks no reading; nothing is written over it, because what it means would be lost."""

    raw: Mapping[str, Json]
    version: str
    tool: str

    def __str__(self) -> str:
        versions = f"{self.version}, we know {SCHEMA_VERSION}"
        return f"the record in the store has schema version {versions}"

    @property
    def hint(self) -> str:
        return f"fieldkeep {self.tool} wrote it: use that or a newer one"


def decode(live: Live) -> Record | NoRecord:
    """The record in the store."""
    if isinstance(live, Absent) or not live.value.strip():
        return NoRecord()
    try:
        raw = canonical.loads(live.value)
    except ValueError as error:
        return DamagedRecord(str(error))
    if not isinstance(raw, dict):
        return DamagedRecord("not an object")
    try:
        raw = _unpacked(raw)
    except ValueError as error:
        return DamagedRecord(str(error))
    version, owned, serial = (raw.get(name) for name in ("schema_version", "owned", "serial"))
    if version is not None and not canonical.equal(version, SCHEMA_VERSION):
        return UnknownRecord(raw, str(version), str(raw.get("tool_version", "unknown")))
    if version is None or not isinstance(serial, int) or isinstance(serial, bool):
        return DamagedRecord("no schema_version or serial")
    if not isinstance(owned, dict) or not all(isinstance(v, dict) for v in owned.values()):
        return DamagedRecord("'owned' is not an object of objects")
    return Record(raw, owned, serial, _pending(raw.get("pending"), raw.get("owner")))


def _unpacked(raw: dict[str, Json]) -> dict[str, Json]:
    """The record with its ``owned`` plain. Raises ValueError."""
    match raw:
        case {"schema_version": 2, "owned_gz": packed, **rest}:
            return {**rest, "schema_version": SCHEMA_VERSION, "owned": canonical.unpack(packed)}
    return raw


def packed(value: Mapping[str, Json]) -> dict[str, Json]:
    """The value of a record with its ``owned`` gzipped."""
    rest = {name: inner for name, inner in value.items() if name != "owned"}
    owned = canonical.pack(value["owned"])
    return {**rest, "schema_version": _PACKED_VERSION, "owned_gz": owned}


def _pending(value: Json, owner: Json) -> Pending | None:
    """The pending apply, or None. One that cannot be read counts as none: it confirms nothing."""
    match value:
        case {
            "run": str(run),
            "serial": int(serial),
            "digest": str(digest),
            "owned_gz": str(packed),
        }:
            try:
                owned = canonical.unpack(packed)
                earlier_bases = (
                    canonical.unpack(value["earlier_gz"]) if "earlier_gz" in value else {}
                )
                references = _references(value.get("references", []))
            except (ValueError, TypeError, KeyError):
                return None
            if _nested(owned, object) and _nested(earlier_bases, list):
                return Pending(
                    run,
                    _text(value.get("commit")),
                    _text(value.get("owner", owner)),
                    serial,
                    digest,
                    _text(value.get("at")),
                    owned,
                    value.get("recreated") is True,
                    _names(value.get("runs")),
                    earlier_bases,
                    value.get("may_be_applied") is True,
                    references,
                )
    return None


def _references(values: Json) -> tuple[Reference, ...]:
    """Raises ValueError, TypeError, KeyError for what are none."""
    references = []
    for value in values:
        names = canonical.unpack(value["names_gz"])
        if not isinstance(names, dict) or not all(isinstance(n, list) for n in names.values()):
            raise ValueError("names are not lists by field")
        by_field = {name: _names(attributes) for name, attributes in names.items()}
        references.append(Reference(str(value["state"]), by_field, value.get("earlier") is True))
    return tuple(references)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _names(value: Json) -> tuple[str, ...]:
    names = value if isinstance(value, list) else []
    return tuple(name for name in names if isinstance(name, str))


def _nested(value: Json, kind: type) -> bool:
    """Whether a value has the shape {field: {attribute: kind}}."""
    return isinstance(value, dict) and all(
        isinstance(field, dict) and all(isinstance(inner, kind) for inner in field.values())
        for field in value.values()
    )


def as_bases(owned: Owned) -> UnconfirmedBases:
    """What one apply set, in the shape that holds the values of several applies."""
    return {
        name: {attribute: (value,) for attribute, value in values.items()}
        for name, values in owned.items()
    }


def pending_bases(pending: Pending) -> UnconfirmedBases:
    """Every value that a pending apply and the unconfirmed ones before it set, newest first."""
    bases: dict[str, dict[str, list[Json]]] = {}
    for unconfirmed in (as_bases(pending.owned), pending.earlier_bases):
        for name, attributes in unconfirmed.items():
            for attribute, values in attributes.items():
                known = bases.setdefault(name, {}).setdefault(attribute, [])
                known += [v for v in values if not any(canonical.equal(v, k) for k in known)]
    return bases


def resolve_pending(record: Record, live: Live) -> Record:
    """The record, given the live document. A pending apply whose document is live was applied: only
    its last write is missing, and the record is returned as that write would leave it."""
    pending = record.pending
    if pending is None or isinstance(live, Absent):
        return record
    if canonical.digest_of(live.value) != pending.digest:
        return record
    of_apply = {"commit": pending.commit, "run": pending.run}
    applied = {**of_apply, "at": pending.at, "digest": pending.digest}
    raw = {**record.raw, **of_apply, "owner": pending.owner, "applied": applied}
    return Record(raw, pending.owned, pending.serial, pending, pending_was_applied=True)


def with_pending(before: Mapping[str, Json], pending: Pending) -> dict[str, Json]:
    """The old record with the pending apply added and nothing else changed."""
    value: dict[str, Json] = {
        "run": pending.run,
        "commit": pending.commit,
        "serial": pending.serial,
        "digest": pending.digest,
        "at": pending.at,
        "owned_gz": canonical.pack(pending.owned),
    }
    if pending.owner != before.get("owner"):
        value["owner"] = pending.owner
    if pending.recreated:
        value["recreated"] = True
    if pending.may_be_applied:
        value["may_be_applied"] = True
    if pending.earlier_runs:
        value["runs"] = list(pending.earlier_runs)
    if pending.earlier_bases:
        value["earlier_gz"] = canonical.pack(pending.earlier_bases)
    if pending.references:
        value["references"] = [
            {
                "state": reference.state,
                "names_gz": canonical.pack({n: list(a) for n, a in reference.names.items()}),
                **({"earlier": True} if reference.earlier else {}),
            }
            for reference in pending.references
        ]
    return {**before, "pending": value}


def create(
    writer: Writer,
    owned: Owned,
    *,
    run: str,
    serial: int,
    applied: Mapping[str, Json],
    backups: Iterable[int] = (),
) -> dict[str, Json]:
    """The value of a new record. ``applied`` describes the last write of the document, ``backups``
    are the serials of our entries in the history."""
    return {
        "schema_version": SCHEMA_VERSION,
        "owner": writer.owner,
        "commit": writer.commit,
        "dirty": writer.dirty,
        "ref": writer.ref,
        "actor": writer.actor,
        "run": run,
        "run_url": writer.run_url,
        "tool_version": __version__,
        "applied": dict(applied),
        "serial": serial,
        "backups": list(backups),
        "owned": {name: dict(values) for name, values in sorted(owned.items())},
    }


def is_up_to_date(record: Record, writer: Writer, owned: Owned) -> bool:
    """Whether a new record would differ in neither owner, commit, dirty tree nor base."""
    new = (writer.owner, writer.commit, writer.dirty)
    old = (record.raw.get("owner"), record.raw.get("commit"), record.raw.get("dirty"))
    return new == old and canonical.dumps(record.owned) == canonical.dumps(owned)

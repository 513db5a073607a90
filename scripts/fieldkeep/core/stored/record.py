"""``<key>.sync``: our own record of what was applied, which is the base of the merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fieldkeep import __version__
from fieldkeep.core.common import canonical
from fieldkeep.errors import Refused
from fieldkeep.model import Absent, Json, Live, Writer

SCHEMA_VERSION: Final = 1

Owned = Mapping[str, Mapping[str, Json]]
UnconfirmedBases = Mapping[str, Mapping[str, Sequence[Json]]]
"""By field and unit, every value that applies set of which nobody knows how far they came."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An apply in several writes that was begun: what the record will say once its document, whose
    bytes have this ``digest``, is live. ``recreated``: it was to repair a document that was made
    anew. ``runs`` and ``earlier``: the applies before it that were begun and never confirmed, and
    what they set."""

    run: str
    commit: str | None
    owner: str | None
    serial: int
    digest: str
    owned: Owned
    recreated: bool = False
    runs: tuple[str, ...] = ()
    earlier: UnconfirmedBases = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """``owned`` holds, for each field, the units that git set with the value applied. ``pending``
    is an apply that was begun; ``was_applied`` says that it turned out to have been applied."""

    raw: Mapping[str, Json]
    owned: Owned
    serial: int
    pending: Pending | None = None
    was_applied: bool = False

    def text(self, name: str) -> str | None:
        return _text(self.raw.get(name))

    @property
    def applied(self) -> Mapping[str, Json]:
        value = self.raw.get("applied")
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class NoRecord:
    """There is none, or (with a reason) none that can be read."""

    reason: str = ""


def decode(live: Live) -> Record | NoRecord:
    """Raises Refused for a record that a newer fieldkeep wrote: overwriting it would lose
    what this version does not understand."""
    if isinstance(live, Absent):
        return NoRecord()
    try:
        raw = canonical.loads(live.value)
    except ValueError as error:
        return NoRecord(str(error))
    if not isinstance(raw, dict):
        return NoRecord("not an object")
    version, owned, serial = (raw.get(name) for name in ("schema_version", "owned", "serial"))
    if version is not None and (version != SCHEMA_VERSION or isinstance(version, bool)):
        raise Refused(
            f"the record in the store has schema version {version}, we know {SCHEMA_VERSION}",
            f"fieldkeep {raw.get('tool_version', 'unknown')} wrote it: use that or a newer one",
        )
    if version != SCHEMA_VERSION or not isinstance(serial, int):
        return NoRecord("no schema_version or serial")
    if not isinstance(owned, dict) or not all(isinstance(v, dict) for v in owned.values()):
        return NoRecord("'owned' is not an object of objects")
    return Record(raw, owned, serial, _pending(raw.get("pending"), raw.get("owner")))


def _pending(value: Json, owner: Json) -> Pending | None:
    """A pending apply; one that cannot be read is as good as none: nothing of it is confirmed."""
    match value:
        case {
            "run": str(run),
            "serial": int(serial),
            "digest": str(digest),
            "owned_gz": str(packed),
        }:
            try:
                owned = canonical.unpack(packed)
                earlier = canonical.unpack(value["earlier_gz"]) if "earlier_gz" in value else {}
            except ValueError:
                return None
            if _nested(owned, object) and _nested(earlier, list):
                return Pending(
                    run,
                    _text(value.get("commit")),
                    _text(value.get("owner", owner)),
                    serial,
                    digest,
                    owned,
                    value.get("recreated") is True,
                    _names(value.get("runs")),
                    earlier,
                )
    return None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _names(value: Json) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else []
    return tuple(name for name in listed if isinstance(name, str))


def _nested(value: Json, kind: type) -> bool:
    """Whether these are values of this kind by field and unit."""
    return isinstance(value, dict) and all(
        isinstance(units, dict) and all(isinstance(found, kind) for found in units.values())
        for units in value.values()
    )


def as_bases(owned: Owned) -> UnconfirmedBases:
    """One value a unit, as one of several."""
    return {name: {unit: (value,) for unit, value in u.items()} for name, u in owned.items()}


def pending_bases(pending: Pending) -> UnconfirmedBases:
    """What a begun apply set, and those before it that were never confirmed; each value once."""
    found: dict[str, dict[str, list[Json]]] = {}
    for unconfirmed_bases in (as_bases(pending.owned), pending.earlier):
        for name, units in unconfirmed_bases.items():
            for unit, values in units.items():
                listed = found.setdefault(name, {}).setdefault(unit, [])
                listed += [value for value in values if value not in listed]
    return found


def resolve_pending(record: Record, live: Live) -> Record:
    """The record after a look at the document: a pending apply whose document is live was applied,
    and only its last write is missing."""
    pending = record.pending
    if pending is None or isinstance(live, Absent):
        return record
    if canonical.digest_of(live.value) != pending.digest:
        return record
    raw = {**record.raw, "commit": pending.commit, "run": pending.run, "owner": pending.owner}
    return Record(raw, pending.owned, pending.serial, pending, was_applied=True)


def with_pending(before: Mapping[str, Json], pending: Pending) -> dict[str, Json]:
    """The old record, unchanged but for what is about to be done."""
    said: dict[str, Json] = {
        "run": pending.run,
        "commit": pending.commit,
        "serial": pending.serial,
        "digest": pending.digest,
        "owned_gz": canonical.pack(pending.owned),
    }
    if pending.owner != before.get("owner"):
        said["owner"] = pending.owner
    if pending.recreated:
        said["recreated"] = True
    if pending.runs:
        said["runs"] = list(pending.runs)
    if pending.earlier:
        said["earlier_gz"] = canonical.pack(pending.earlier)
    return {**before, "pending": said}


def create(
    writer: Writer,
    owned: Owned,
    *,
    run: str,
    serial: int,
    applied: Mapping[str, Json],
) -> dict[str, Json]:
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
        "owned": {name: dict(units) for name, units in sorted(owned.items())},
    }


def says_the_same(record: Record, writer: Writer, owned: Owned) -> bool:
    """Whether writing the record again would tell a reader nothing new."""
    mine = (writer.owner, writer.commit, writer.dirty)
    theirs = (record.raw.get("owner"), record.raw.get("commit"), record.raw.get("dirty"))
    return mine == theirs and canonical.dumps(record.owned) == canonical.dumps(owned)

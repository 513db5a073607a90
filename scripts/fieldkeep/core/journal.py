"""Which keys an apply writes, in which transactions, and what each of them must still be.

Pure, so that every point at which a write can be lost is a value that a test can build.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from fieldkeep.core import backups, canonical, record, units
from fieldkeep.core.document import Document, compare, substance
from fieldkeep.core.keys import Snapshot
from fieldkeep.core.record import Owned, Record
from fieldkeep.core.sides import Known, damaged
from fieldkeep.core.sizes import too_large
from fieldkeep.errors import Refused
from fieldkeep.model import Absent, Check, Json, Limits, Operation, Origin, Put


class Scope(Enum):
    """How much there is to write."""

    NOTHING = "nothing"
    RECORD = "record"  # only our own record would say something else
    CAPTURE = "capture"  # only live differs from the newest backup: keep that edit
    STATUS = "status"  # only how the servers answered differs
    ALL = "all"


class Form(Enum):
    """How backups are written: plain for people as long as it fits, packed in this order."""

    PLAIN = "plain"
    HISTORY_PACKED = "history packed"
    ALL_PACKED = "history and backup packed"


@dataclass(frozen=True, slots=True)
class Run:
    """This attempt: a fresh ``run`` is how we know our own write again."""

    run: str
    now: datetime
    reason: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Journal:
    """``steps`` are transactions, to be applied in order; ``entries`` the new backups, newest
    first; ``depth`` how many the history then holds."""

    scope: Scope
    steps: tuple[tuple[Operation, ...], ...] = ()
    entries: tuple[Mapping[str, Json], ...] = ()
    depth: int = 0
    form: Form = Form.PLAIN
    aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The document to be live, what git owns in it, and how many backups to keep."""

    document: Document
    owned: Owned
    depth: int = 10


def scope(known: Known, wanted: Wanted, origin: Origin) -> Scope:
    """Compare live, the newest backup and the record with what is wanted."""
    live = known.state
    if not isinstance(live, Document):
        return Scope.ALL
    difference = compare(live, wanted.document)
    if difference.substance:
        return Scope.ALL
    if not _backed_up(live, known) or not known.shelf.complete:
        return Scope.CAPTURE
    if difference.status:
        return Scope.STATUS
    # A recreation must be seen only once: the record's index has to move past it, or the next edit
    # made in the application would pass for one of its defaults.
    if known.recreated or not isinstance(known.record, Record):
        return Scope.RECORD
    return (
        Scope.NOTHING if record.says_the_same(known.record, origin, wanted.owned) else Scope.RECORD
    )


def _backed_up(document: Document, known: Known) -> bool:
    newest = known.shelf.newest_of_ours
    return newest is not None and substance(newest.document) == substance(document)


def write(snapshot: Snapshot, known: Known, wanted: Wanted, run: Run, limits: Limits) -> Journal:
    """The journal of one apply. Raises Refused if no form of it fits the store's limits."""
    extent = scope(known, wanted, run.origin)
    if extent is Scope.NOTHING:
        return Journal(extent, depth=len(known.shelf.entries))
    entries = _entries(extent, known, wanted, run)
    aside = _set_aside(snapshot, known)
    why: str | None = None
    for form in Form:
        operations = _operations(extent, snapshot, known, wanted, run, entries, form)
        why = too_large(operations, limits)
        if why is None:
            depth = min(wanted.depth, len(entries) + len(known.shelf.entries))
            names = tuple(op.key for step in aside for op in step if isinstance(op, Put))
            return Journal(extent, (*aside, operations), tuple(entries), depth, form, names)
    raise Refused(
        f"too large for this store: {why}",
        "raise max_transaction_bytes or max_value_bytes if the server allows more"
        " (Consul: limits.txn_max_req_len, limits.kv_max_value_size), or lower history",
    )


def _entries(extent: Scope, known: Known, wanted: Wanted, run: Run) -> list[dict[str, Json]]:
    """The backups to add, newest first: what is replaced, if nothing holds it yet, and what an
    apply leaves live."""
    found: list[dict[str, Json]] = []
    live = known.state
    entries: list[backups.Entry] = list(known.shelf.entries)
    recorded = known.record.serial if isinstance(known.record, Record) else 0

    def add(
        data: Mapping[str, Json], owned: Mapping[str, Sequence[str]], reason: str, of: Origin
    ) -> None:
        entry = backups.create(
            data,
            owned,
            of,
            reason=reason,
            run=run.run,
            serial=backups.next_serial(entries, recorded),
            timestamp=backups.next_timestamp(run.now, entries),
        )
        found.insert(0, entry)
        entries.insert(0, backups.parse(entry))

    if (
        isinstance(live, Document)
        and not _backed_up(live, known)
        and extent in (Scope.ALL, Scope.CAPTURE)
    ):
        # An entry must not say that git owned what somebody else wrote over it.
        owned = {
            name: [
                u
                for u, value in base.items()
                if units.same(u, units.side(live.fields[name]).says(u), value)
            ]
            for name, base in known.base.items()
            if name in live.fields
        }
        before = known.record.text("commit") if isinstance(known.record, Record) else None
        add(live.raw, owned, "live-edit", replace(run.origin, commit=before))
    if extent is Scope.ALL:
        top = entries[0] if entries else None
        if not (
            isinstance(top, backups.Backup)
            and substance(top.document) == substance(wanted.document)
        ):
            add(
                wanted.document.raw,
                {n: list(u) for n, u in wanted.owned.items()},
                run.reason,
                run.origin,
            )
    return found


def _operations(
    extent: Scope,
    snapshot: Snapshot,
    known: Known,
    wanted: Wanted,
    run: Run,
    entries: Sequence[Mapping[str, Json]],
    form: Form,
) -> tuple[Operation, ...]:
    keys = snapshot.keys
    values: dict[str, bytes] = {}
    if _document_changes(extent, known, wanted):
        values[keys.document] = canonical.dumps(wanted.document.raw)
    if extent in (Scope.ALL, Scope.CAPTURE):
        listed = [*entries, *(entry.raw for entry in known.shelf.entries)][: wanted.depth]
        packed = [backups.packed(entry) for entry in listed]
        values[keys.history] = canonical.dumps(listed if form is Form.PLAIN else packed)
        values[keys.backup] = canonical.dumps((packed if form is Form.ALL_PACKED else listed)[0])
    values[keys.record] = canonical.dumps(
        _record(known, wanted, run, entries, values.get(keys.document))
    )
    written = [_put(snapshot, key, value) for key, value in values.items()]
    checked = [Check(key, snapshot.index(key)) for key in keys.all if key not in values]
    return (*checked, *written)


def _document_changes(extent: Scope, known: Known, wanted: Wanted) -> bool:
    if extent in (Scope.ALL, Scope.STATUS):
        return True
    live = known.state
    return (
        extent is Scope.CAPTURE
        and isinstance(live, Document)
        and compare(live, wanted.document).status
    )


def _put(snapshot: Snapshot, key: str, value: bytes) -> Put:
    live = snapshot[key]
    flags = 0 if isinstance(live, Absent) else live.flags
    return Put(key, value, snapshot.index(key), flags)


def _record(
    known: Known,
    wanted: Wanted,
    run: Run,
    entries: Sequence[Mapping[str, Json]],
    document: bytes | None,
) -> dict[str, Json]:
    before = known.record if isinstance(known.record, Record) else None
    serial = backups.next_serial(known.shelf.entries, before.serial if before else 0) - 1
    applied: Mapping[str, Json] = before.applied if before else {}
    if document is not None:
        applied = {
            "commit": run.origin.commit,
            "at": backups.rfc3339(run.now),
            "run": run.run,
            "digest": canonical.digest_of(document),
        }
    return record.create(
        run.origin,
        wanted.owned,
        run=run.run,
        serial=max([serial, *(entry["serial"] for entry in entries)]),
        applied=applied,
    )


def _set_aside(snapshot: Snapshot, known: Known) -> list[tuple[Operation, ...]]:
    """Damaged values that this apply would overwrite, kept byte for byte under ``.corrupt``."""
    steps: list[tuple[Operation, ...]] = []
    for key in damaged(snapshot, known):
        live, aside = snapshot[key], snapshot.keys.aside(key)
        if isinstance(live, Absent):
            continue
        kept = snapshot[aside]
        if isinstance(kept, Absent) or kept.value != live.value:
            steps.append((Check(key, live.index), _put(snapshot, aside, live.value)))
    return steps

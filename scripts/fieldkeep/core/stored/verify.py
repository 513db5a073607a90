"""Checks that the history is complete and that we wrote the live document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.document.document import Document, Empty, Foreign, Missing, compare
from fieldkeep.core.stored.backups import LIVE_EDIT, Backup, Damaged, Entry, serial_of
from fieldkeep.core.stored.record import NoRecord, Record, UnknownRecord
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState, expected_serials, problems
from fieldkeep.model import Present

_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` is a stable id. ``entry`` is the index that `history` shows, for a finding about
    one backup. A ``note`` is for information."""

    check: str
    message: str
    entry: int | None = None
    note: bool = False


def verify(snapshot: Snapshot, stored: StoreState) -> tuple[Finding, ...]:
    """Every finding. Checksums protect the fields of an entry; serials, their order and number."""
    return (
        *(Finding("damaged", problem) for problem in problems(stored)),
        *_checksums(stored.history.entries),
        *_serials(stored),
        *_newest(stored),
        *_live(snapshot, stored),
    )


def _checksums(entries: tuple[Entry, ...]) -> Iterator[Finding]:
    for index, entry in enumerate(entries):
        if not isinstance(entry, Backup):
            continue
        if not entry.ours:
            yield Finding("foreign", "another writer's: nothing to check it by", index, note=True)
        elif "checksum" not in entry.raw:
            yield Finding("checksum", "its checksum was removed", index)
        elif entry.raw.get("total_fields") != len(entry.document.fields):
            message = f"it says {entry.raw.get('total_fields')} fields"
            yield Finding("checksum", f"{message}, and has {len(entry.document.fields)}", index)


def _serials(stored: StoreState) -> Iterator[Finding]:
    """Serials of our entries go down, and no entry is missing that the last apply left. A damaged
    entry without a serial may fill a gap of one. Another writer may have cut off the end."""
    entries = stored.history.entries
    numbered = [(index, serial) for index, e in enumerate(entries) if (serial := serial_of(e))]
    expected = expected_serials(stored)
    for (above, newer), (below, older) in pairwise(numbered):
        unknown = sum(isinstance(entry, Damaged) for entry in entries[above + 1 : below])
        missing = sum(older < serial < newer for serial in expected) - unknown
        if older == newer:
            yield Finding("serial", f"serial {newer} is there twice, in entry {above} too", below)
        elif older > newer:
            message = f"serial {older} comes after {newer}: the order was changed"
            yield Finding("serial", message, below)
        elif missing > 0:
            lost = f"{missing} entries are" if missing > 1 else "an entry is"
            message = f"{lost} missing between serial {newer} (entry {above}) and {older}"
            yield Finding("serial", message, below)


def _newest(stored: StoreState) -> Iterator[Finding]:
    """Compare the record with the newest backup."""
    record, newest = stored.record, stored.history.newest_of_ours
    if isinstance(record, UnknownRecord):
        yield Finding("record", str(record), note=True)
        return
    if isinstance(record, NoRecord):
        if stored.history.entries:
            yield Finding("record", "there are backups, but no record of who applied what")
        return
    if record.pending:
        how = (
            "it was applied, its last write is missing"
            if record.pending_was_applied
            else "it was interrupted"
        )
        yield Finding("pending", f"an apply was begun, and {how}: the next sync finishes it")
    if newest is None:
        yield Finding("record", f"the record has serial {record.serial}, but no backup of ours")
    elif newest.serial < record.serial:
        message = f"the newest backup has serial {newest.serial}, the record {record.serial}"
        yield Finding("record", f"{message}: the newest entries are missing")
    elif newest.serial > record.serial and not record.pending:
        message = f"the newest backup has serial {newest.serial}, the record {record.serial}"
        yield Finding("record", f"{message}: an older record was put in its place")
    if stored.history.entries and not stored.history.complete and not record.pending:
        yield Finding("backup", ".backup is not the history's entry 0")


def _live(snapshot: Snapshot, stored: StoreState) -> Iterator[Finding]:
    """Compare the live document with our last write."""
    match stored.document:
        case Missing() | Empty() as state:
            if stored.history.entries or isinstance(stored.record, Record):
                gone = "not there" if isinstance(state, Missing) else "empty"
                yield Finding("live", f"the document is {gone}")
        case Foreign(reason):
            yield Finding("live", f"the document cannot be read: {reason}")
        case Document() as live:
            yield from _written(live, snapshot, stored)


def _written(live: Document, snapshot: Snapshot, stored: StoreState) -> Iterator[Finding]:
    value = snapshot[snapshot.keys.document]
    ours = _digest(stored)
    if isinstance(value, Present) and canonical.digest_of(value.value) == ours:
        return
    newest = stored.history.newest_of_ours
    if newest is None:
        yield Finding("live", "what is live did not come through fieldkeep")
        return
    difference = compare(newest.document, live)
    if difference.substance:
        named = ", ".join(difference.fields[:_MOST_NAMED])
        more = ", ..." if len(difference.fields) > _MOST_NAMED else ""
        what = f"the newest backup says otherwise of {named}{more}" if named else "it differs"
        yield Finding("live", f"what is live did not come through fieldkeep: {what}")
    elif newest.text("reason") == LIVE_EDIT:
        message = "what is live was written by somebody else; a sync has kept it as entry 0"
        yield Finding("live", message, note=True)
    elif ours is None:
        message = "the record does not say what was written last; live has the fields of entry 0"
        yield Finding("live", message, note=True)
    else:
        message = "what is live was written by somebody else, with the fields of entry 0"
        yield Finding("live", message)


def _digest(stored: StoreState) -> str | None:
    """The hash of the document's bytes as we last wrote them."""
    if not isinstance(stored.record, Record):
        return None
    digest = stored.record.applied.get("digest")
    return digest if isinstance(digest, str) else None

"""Which backup is meant, and what putting it back would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from fieldkeep.core import guards
from fieldkeep.core.backups import Backup, Damaged, Shelf, rfc3339
from fieldkeep.core.difference import Difference, differences
from fieldkeep.core.docschema import DocumentSchema
from fieldkeep.core.document import Document, compare
from fieldkeep.core.guards import Allowed
from fieldkeep.core.hold import decode
from fieldkeep.core.journal import Wanted
from fieldkeep.core.keys import Snapshot
from fieldkeep.core.record import Record
from fieldkeep.core.sides import Known, owned_by
from fieldkeep.core.survey import checked
from fieldkeep.errors import InputError, Refused
from fieldkeep.model import Origin

_SHORTEST_COMMIT = 7


@dataclass(frozen=True, slots=True)
class Restoration:
    """A backup about to be put back, with the fields that would differ from live."""

    backup: Backup
    snapshot: Snapshot
    known: Known
    wanted: Wanted
    origin: Origin
    changes: Mapping[str, tuple[Difference, ...]]


def choose(shelf: Shelf, which: str | None) -> Backup:
    """By index (entry 0 is what is live, so None means 1), by time (the newest one not after it)
    or by commit. Raises InputError that lists what there is."""
    if not shelf.entries:
        raise InputError("there is no backup", "`fieldkeep sync` rebuilds everything from git")
    chosen = shelf.entries[_index(shelf, which or "1")]
    if isinstance(chosen, Damaged):
        raise InputError(
            f"this backup is damaged: {chosen.reason}", "choose another: `fieldkeep history`"
        )
    return chosen


def _index(shelf: Shelf, which: str) -> int:
    if which.isdecimal() and len(which) < _SHORTEST_COMMIT:
        if int(which) < len(shelf.entries):
            return int(which)
        raise InputError(
            f"there is no backup {which}: the newest is 0, the oldest {len(shelf.entries) - 1}",
            _LIST,
        )
    moment = _moment(which)
    for index, entry in enumerate(shelf.entries):
        if not isinstance(entry, Backup):
            continue
        if (
            moment is None
            and len(which) >= _SHORTEST_COMMIT
            and (entry.text("commit") or "").startswith(which.lower())
        ):
            return index
        taken = _moment(entry.timestamp)
        if moment is not None and taken is not None and taken <= moment:
            return index
    raise InputError(f"no backup matches '{which}'", _LIST)


_LIST = "`fieldkeep history` lists them: name one by its number, time or commit"


def _moment(text: str) -> datetime | None:
    if "-" not in text:  # 1234567 may be the beginning of a commit
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # a time without an offset is meant as the history shows it: UTC
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def restoration(
    backup: Backup,
    snapshot: Snapshot,
    known: Known,
    schema: DocumentSchema,
    origin: Origin,
    *,
    depth: int,
    now: datetime,
    allowed: Allowed,
) -> Restoration:
    """Preview. Raises Refused for a hold or another owner, InputError for a backup that consumers
    would refuse today. The backup's ``owned`` becomes the new base."""
    hold = decode(snapshot[snapshot.keys.hold], now)
    if hold and not allowed.hold:
        raise Refused(str(hold), "--override-hold")
    # Without git nobody can say who we are; a restore then stays with the owner that is there.
    owner = origin.owner or _recorded_owner(known)
    refusals = [*guards.foreign(known, owner, allowed)]
    if refusals:
        raise Refused(refusals[0].message, f"if this is meant: {refusals[0].flag}")
    document = checked({**backup.document.raw, "last_updated": rfc3339(now)}, schema)
    live = known.state if isinstance(known.state, Document) else None
    names = compare(live, document).fields if live else tuple(sorted(document.fields))
    before = live.fields if live else {}
    changes = {name: differences(before.get(name), document.fields.get(name)) for name in names}
    return Restoration(
        backup,
        snapshot,
        known,
        Wanted(document, owned_by(backup), depth),
        replace(origin, commit=backup.text("commit"), dirty=False, owner=owner),
        changes,
    )


def _recorded_owner(known: Known) -> str | None:
    return known.record.text("owner") if isinstance(known.record, Record) else None

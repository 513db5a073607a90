"""What each step of a sync did, a line each, for stderr."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkeep.core.common.words import first_few, number
from fieldkeep.core.document.document import Document, Empty, Foreign, Missing
from fieldkeep.core.fields.validate import Validated
from fieldkeep.core.journal.journal import Journal, Scope
from fieldkeep.core.merge.merge import Merged
from fieldkeep.core.stored.backups import LIVE_EDIT
from fieldkeep.core.stored.keys import CORRUPT
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Extracted, Put, Reading, Skipped
from fieldkeep.render.words import printable


def loaded(validated: Validated, where: str) -> str:
    warnings = f", {number(len(validated.warnings), 'warning')}" if validated.warnings else ""
    return f"load: {number(len(validated.files), 'field file')} from {where}, all valid{warnings}"


def waiting(url: str, *, leaderless: bool | None) -> str:
    """The store has not answered yet."""
    if not leaderless:
        return f"store: no answer from {url} yet"
    peers = "`consul operator raft list-peers -stale=true` shows its servers"
    return f"store: {url} has no leader; waiting for one to be elected; {peers}"


def staleness(behind: float | None) -> str:
    """How old one server's copy may be: ``behind`` seconds ago it last heard from a leader."""
    if behind is None:
        age = "it does not say when it last heard from a leader"
    elif behind:
        age = f"it last heard from a leader {behind:.1f} s ago"
    else:
        age = "it is in touch with the leader"
    return f"one server's copy was read (--stale), the newest writes may be missing; {age}"


def extracted(readings: Sequence[Reading], no_fields: Sequence[str] = ()) -> str:
    read = [reading for reading in readings if isinstance(reading, Extracted)]
    names = {label.name for reading in read for pool in reading.pools for label in pool.labels}
    if not readings:
        return "extract: no sources are configured"
    sources, labels = number(len(readings), "source"), number(len(names), "target label")
    few = first_few([printable(name) or '""' for name in no_fields])
    rest = f", no field: {few}" if few else ""
    return f"extract: {len(read)} of {sources} read, {labels}{rest}"


def source(reading: Reading) -> str:
    """A source that was just read, or could not be."""
    match reading:
        case Extracted():
            names = {label.name for pool in reading.pools for label in pool.labels}
            jobs, labels = number(len(reading.pools), "job"), number(len(names), "target label")
            return f"source {reading.source}: {jobs}, {labels}, {reading.duration_ms} ms"
        case Skipped(name, reason, milliseconds):
            return f"source {name}: not read after {milliseconds} ms: {printable(reason)}"


def stored(stored: StoreState, *, applying: bool = False) -> list[str]:
    """What the store held, and whether a backup stands in for it."""
    lines = _interrupted(stored)
    match stored.document:
        case Document() as document:
            wrapped = ", wrapped" if document.wrapped else ""
            lines.append(f"read: {number(len(document.fields), 'field')} live{wrapped}")
            return [*lines, *(printable(f"read: live {problem}") for problem in document.damaged)]
        case Missing():
            what = "store key absent"
        case Empty():
            what = "store key empty"
        case Foreign(reason):
            what = printable(f"store key corrupt ({reason})")
    backup = stored.restored_from
    if backup is None:
        lines.append(f"{what}: no backup either, starting from git")
    else:
        how = "restored from the backup" if applying else "using the backup"
        lines.append(f"{what}: {how} of {printable(backup.timestamp)}")
    return lines


def _interrupted(stored: StoreState) -> list[str]:
    """An interrupted apply, and how this one goes on from it."""
    pending = stored.record.pending if isinstance(stored.record, Record) else None
    if pending is None:
        return []
    began = f"read: an apply of commit {(pending.commit or 'unknown')[:12]} was interrupted"
    if stored.interrupted_apply is None:
        return [f"{began} after its document was live; only its record is missing"]
    how = (
        "how far it came is not known" if stored.may_be_applied else "its document was not written"
    )
    return [f"{began}, {how}; going on from what is live"]


def merged(result: Merged) -> str:
    return f"merge: {number(len(result.results), 'field')}"


def writing(journal: Journal, url: str) -> str:
    puts = sum(1 for step in journal.steps for op in step if isinstance(op, Put))
    return f"write: {number(puts, 'key')} to {url}, each only if it is unchanged"


def set_aside(added: Sequence[SetAside], dropped: Sequence[SetAside]) -> list[str]:
    """The values that were set aside, and the older ones that made room for them."""
    lines = [
        f"set aside: the value of {entry.key} ({number(entry.size, 'byte')}) is kept under"
        f" {entry.key}{CORRUPT}; `fieldkeep history` lists it"
        for entry in added
    ]
    lines += [
        f"dropped: no room for what was set aside of {entry.key} at"
        f" {printable(entry.at or 'an unknown time')}"
        f" ({number(entry.size, 'byte')}, {printable(entry.checksum)})"
        for entry in dropped
    ]
    return lines


def written(journal: Journal, depth: int) -> list[str]:
    """The backups that an apply added; only true once the write was read back."""
    lines = set_aside(journal.set_aside, journal.dropped)
    lines += [f"warning: {printable(str(leaving))}" for leaving in journal.leaving]
    for entry in reversed(journal.entries):
        version = printable(str(entry["backup_version"]))
        about = f"{number(entry['total_fields'], 'field')} (version {version})"
        kind = "edit kept" if entry["reason"] == LIVE_EDIT else "backup created"
        lines.append(f"{kind}: {about}")
    if journal.scope in (Scope.ALL, Scope.CAPTURE):
        lines.append(f"history: {journal.depth} of {depth}")
    return lines


def prometheus_checked(configurations: int) -> str:
    """How much was checked, and what was not: nobody is to take it for Prometheus' own check."""
    return (
        f"prometheus: {number(configurations, 'configuration')} checked; this is no `promtool check"
        " config`: what rule files, certificates and other named files hold is not checked"
    )


def conflict(keys: Sequence[str], next_attempt: int | None) -> str:
    lost = "the answer was lost, and what is live is not ours"
    why = f"{', '.join(keys)} changed since it was read" if keys else lost
    return f"conflict: {why}{_again(next_attempt)}"


def overtaken(next_attempt: int) -> str:
    return f"applied, and another writer wrote right after{_again(next_attempt)}"


def _again(next_attempt: int | None) -> str:
    return "; giving up" if next_attempt is None else f"; reading again (attempt {next_attempt})"


def not_notified(receiver: str, reason: str) -> str:
    return f"warning: {receiver} was not notified: {reason}"

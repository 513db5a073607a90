"""Backups and their history: decoded whatever they hold, ordered by serial, never by clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fieldkeep.core.common import canonical
from fieldkeep.core.document import attributes, document
from fieldkeep.core.document.document import Document
from fieldkeep.model import Absent, Json, Live, Writer


@dataclass(frozen=True, slots=True)
class Backup:
    """A valid entry. ``raw`` is kept as it stands in the store; ``ours`` tells it from another
    writer's; ``owned`` are the units that git owned when it was taken."""

    raw: Mapping[str, Json]
    document: Document
    ours: bool
    serial: int
    owned: Mapping[str, tuple[str, ...]]

    def text(self, name: str) -> str | None:
        """A text attribute of the entry (timestamp, reason, commit, actor, owner), if it is one."""
        value = self.raw.get(name)
        return value if isinstance(value, str) else None

    @property
    def timestamp(self) -> str:
        return self.text("backup_timestamp") or "unknown"


@dataclass(frozen=True, slots=True)
class Damaged:
    """An entry that cannot be used; it keeps its place in the list."""

    raw: Json
    reason: str


Entry = Backup | Damaged

LIVE_EDIT = "live-edit"
"""The reason of an entry that keeps what somebody else wrote."""


def parse(value: Json) -> Entry:
    """One entry, from a decoded JSON value."""
    raw = _unwrap(value)
    if not isinstance(raw, dict):
        return Damaged(value, "not an object")
    try:
        data = (
            canonical.unpack(raw["fields_data_gz"])
            if "fields_data_gz" in raw
            else raw.get("fields_data")
        )
        owned = canonical.unpack(raw["owned_gz"]) if "owned_gz" in raw else raw.get("owned")
    except ValueError as error:
        return Damaged(value, str(error))
    state = document.parse(data)
    if not isinstance(state, Document):
        return Damaged(value, "holds no fields")
    if "checksum" in raw and raw["checksum"] != canonical.digest(data):
        return Damaged(value, "its checksum does not match")
    serial: Json = raw.get("serial")
    is_serial = isinstance(serial, int) and not isinstance(serial, bool)
    return Backup(
        raw, state, is_serial and "owner" in raw, serial if is_serial else 0, _owned(owned)
    )


def _unwrap(value: Json) -> Json:
    return value["data"] if isinstance(value, dict) and {"data", "meta"} <= value.keys() else value


def _owned(value: Json) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        return {}
    return {
        name: tuple(unit for unit in listed if isinstance(unit, str))
        for name, listed in value.items()
        if isinstance(listed, list)
    }


@dataclass(frozen=True, slots=True)
class BackupHistory:
    """All backups: ``entries`` newest first; ``problems`` says which of the two keys was damaged
    and how; ``complete`` is false if either key lacks what it should hold."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    complete: bool = False
    unconfirmed: tuple[Backup, ...] = ()

    def confirmed_up_to(self, serial: int, runs: AbstractSet[str]) -> BackupHistory:
        """The shelf without the entries of applies that were cut off: nobody knows whether what
        they hold was ever live, so they are compared with nothing, restored last, and replaced. A
        captured edit is no such entry: it was live when it was written down. Where nothing else of
        ours is left, the newest of them stays: it may be all that still has a customization."""
        cut = tuple(
            entry
            for entry in self.valid
            if entry.ours
            and entry.serial > serial
            and entry.text("run") in runs
            and entry.text("reason") != LIVE_EDIT
        )
        if all(entry in cut for entry in self.valid if entry.ours):
            cut = tuple(entry for entry in cut if entry is not self.newest_of_ours)
        entries = tuple(entry for entry in self.entries if entry not in cut)
        return BackupHistory(entries, self.problems, self.complete and not cut, cut)

    @property
    def valid(self) -> tuple[Backup, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Backup))

    @property
    def newest(self) -> Backup | None:
        """The newest valid backup: ours before other writers', unconfirmed ones last."""
        return self.newest_of_ours or next(iter((*self.valid, *self.unconfirmed)), None)

    @property
    def newest_of_ours(self) -> Backup | None:
        return self.newest_up_to(None)

    def newest_up_to(self, serial: int | None) -> Backup | None:
        """The newest valid backup of ours; with a serial, the newest that is not above it."""
        ours = [e for e in self.valid if e.ours and (serial is None or e.serial <= serial)]
        return max(ours, key=lambda entry: entry.serial, default=None)

    def was_set_by_git(self, name: str, unit: str, value: Json) -> bool:
        """Whether any backup of ours holds this value as one that git had set."""
        return any(
            entry.ours
            and unit in entry.owned.get(name, ())
            and name in entry.document.fields
            and attributes.same(
                unit, attributes.field_values(entry.document.fields[name]).get(unit), value
            )
            for entry in self.valid
        )


def decode_history(backup: Live, history: Live) -> BackupHistory:
    """Both keys as one shelf, with the backup in its place if the history lacks it."""
    problems: list[str] = []
    newest = _decode(backup, problems, ".backup")
    listed = _unwrap(_decode(history, problems, ".backup.history"))
    if listed is not None and not isinstance(listed, list):
        problems.append(f".backup.history: not a list but {type(listed).__name__}")
        listed = None
    entries = [parse(value) for value in listed or []]
    for index, entry in enumerate(entries):
        if isinstance(entry, Damaged):
            problems.append(f".backup.history[{index}]: {entry.reason}")
    if newest is None:
        return BackupHistory(tuple(entries), tuple(problems), complete=False)
    top = parse(newest)
    if isinstance(top, Damaged):
        problems.append(f".backup: {top.reason}")
        return BackupHistory(tuple(entries), tuple(problems), complete=False)
    in_history = any(isinstance(e, Backup) and _same_entry(e, top) for e in entries)
    if not in_history and not _replaced(entries, top):
        entries.insert(_place(entries, top), top)
    first = entries[0]
    complete = in_history and isinstance(first, Backup) and _same_entry(first, top)
    return BackupHistory(tuple(entries), tuple(problems), complete)


def _place(entries: Sequence[Entry], top: Backup) -> int:
    """Where a backup belongs that the history lacks: on top, but for one of ours below its own
    successors, which an apply that was cut off had written before it."""
    later = [e for e in entries if isinstance(e, Backup) and e.ours and e.serial > top.serial]
    return entries.index(later[-1]) + 1 if top.ours and later else 0


def _replaced(entries: Sequence[Entry], top: Backup) -> bool:
    """Whether the history has another apply's entry in its place: the history is written first, so
    this one is of an apply that was cut off before."""
    return any(
        isinstance(e, Backup)
        and e.ours
        and top.ours
        and e.serial == top.serial
        and e.text("run") != top.text("run")
        for e in entries
    )


def _same_entry(left: Backup, right: Backup) -> bool:
    marks = ("backup_timestamp", "serial")
    return all(left.raw.get(mark) == right.raw.get(mark) for mark in marks) and (
        left.document.raw == right.document.raw
    )


def _decode(live: Live, problems: list[str], key: str) -> Json:
    if isinstance(live, Absent):
        return None
    try:
        return canonical.loads(live.value)
    except ValueError as error:
        problems.append(f"{key}: {error}")
        return None


def create(
    data: Mapping[str, Json],
    owned: Mapping[str, Iterable[str]],
    writer: Writer,
    *,
    reason: str,
    run: str,
    serial: int,
    timestamp: str,
) -> dict[str, Json]:
    """A new entry, plain. ``commit`` is the one whose fields it holds."""
    fields = data["fields"]
    return {
        "fields_data": dict(data),
        "backup_timestamp": timestamp,
        "backup_version": data.get("version")
        if isinstance(data.get("version"), str)
        else document.VERSION,
        "total_fields": len(fields),
        "serial": serial,
        "checksum": canonical.digest(data),
        "reason": reason,
        "commit": writer.commit,
        "actor": writer.actor,
        "run": run,
        "owner": writer.owner,
        "owned": {name: sorted(listed) for name, listed in sorted(owned.items())},
    }


def packed(entry: Json) -> Json:
    """The entry with its two large parts gzipped; what is packed, or not ours, stays as it is."""
    if not isinstance(entry, dict) or not {"fields_data", "serial", "owner"} <= entry.keys():
        return entry
    rest = {name: value for name, value in entry.items() if name not in ("fields_data", "owned")}
    return {
        **rest,
        "fields_data_gz": canonical.pack(entry["fields_data"]),
        "owned_gz": canonical.pack(entry.get("owned", {})),
    }


def plain(entry: Entry) -> Json:
    """The entry as one writes it for people: nothing packed. A damaged one stays as it is."""
    if isinstance(entry, Damaged):
        return entry.raw
    found = dict(entry.raw)
    for name in ("fields_data", "owned"):
        if f"{name}_gz" in found:
            found[name] = canonical.unpack(found.pop(f"{name}_gz"))
    return found


def next_timestamp(now: datetime, entries: Sequence[Entry]) -> str:
    """RFC 3339 in UTC with milliseconds, later than every one of ours that is a time."""
    ours = [entry for entry in entries if isinstance(entry, Backup) and entry.ours]
    latest = max((moment for entry in ours if (moment := _moment(entry.timestamp))), default=None)
    if latest is None or rfc3339(now) > rfc3339(latest):
        return rfc3339(now)
    try:
        return rfc3339(latest + timedelta(milliseconds=1))
    except OverflowError:  # somebody wrote the last moment of the calendar: serials order entries
        return rfc3339(now)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def rfc3339(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def next_serial(entries: Sequence[Entry], recorded: int) -> int:
    return max([recorded, *(e.serial for e in entries if isinstance(e, Backup) and e.ours)]) + 1

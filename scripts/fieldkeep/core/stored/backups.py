"""Backups and their history. Any value decodes; serials order the entries, clocks never do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.canonical import Allowance
from fieldkeep.core.common.times import parse_time, rfc3339
from fieldkeep.core.document import attributes, document
from fieldkeep.core.document.document import Document
from fieldkeep.core.stored.keys import BACKUP, HISTORY
from fieldkeep.core.stored.occasions import Occasion, occasion
from fieldkeep.model import Absent, Json, Live, Writer


@dataclass(frozen=True)  # without slots: what is encoded is kept
class Backup:
    """A valid entry. ``raw`` is the value without another writer's ``wrapper`` around it;
    ``ours`` is false for another writer's entry; ``owned`` names, by field, the attributes that git
    owned when the backup was taken."""

    raw: Mapping[str, Json]
    document: Document
    ours: bool
    serial: int
    owned: Mapping[str, tuple[str, ...]]
    wrapper: Mapping[str, Json] | None = None

    @property
    def stored(self) -> Json:
        """The value as the store has it."""
        return self.raw if self.wrapper is None else self.wrapper

    @cached_property
    def encoded(self) -> bytes:
        """The value as it is written: its document, the most of it, is encoded only once."""
        if self.wrapper is not None or self.raw.get("fields_data") is not self.document.raw:
            return canonical.dumps(self.stored)
        parts = {n: canonical.dumps(v) for n, v in self.raw.items() if n != "fields_data"}
        return canonical.joined({**parts, "fields_data": self.document.encoded})

    def text(self, name: str) -> str | None:
        """One of the entry's texts (timestamp, reason, commit, actor, owner), or None."""
        value = self.raw.get(name)
        return value if isinstance(value, str) else None

    @property
    def timestamp(self) -> str:
        return self.text("backup_timestamp") or "unknown"

    @property
    def occasions(self) -> tuple[Occasion, ...]:
        """The backup itself, then the earlier ones of the same state that it replaced."""
        own = Occasion(self.timestamp, *map(self.text, ("reason", "commit", "actor")))
        earlier = self.raw.get("earlier")
        return (own, *filter(None, map(occasion, earlier if isinstance(earlier, list) else [])))


@dataclass(frozen=True, slots=True)
class Damaged:
    """An entry that cannot be used. It keeps its place in the history."""

    raw: Json
    reason: str

    @property
    def stored(self) -> Json:
        """The value as the store has it."""
        return self.raw

    @property
    def encoded(self) -> bytes:
        """The value as it is written."""
        return canonical.dumps(self.raw)


Entry = Backup | Damaged

LIVE_EDIT: Final = "live-edit"
"""The reason of an entry that holds a document written by another program or person."""


def parse(value: Json, allowance: Allowance | None = None) -> Entry:
    """A decoded JSON value as an entry; one wrapper is taken off. Gzipped parts use up the
    ``allowance``."""
    raw, _ = document.unwrapped(value)
    return _parse(raw, value, allowance)


def _parse(raw: Json, value: Json, allowance: Allowance | None) -> Entry:
    if not isinstance(raw, dict):
        return Damaged(value, "not an object")
    try:
        data = (
            canonical.unpack(raw["fields_data_gz"], allowance)
            if "fields_data_gz" in raw
            else raw.get("fields_data")
        )
        owned = (
            canonical.unpack(raw["owned_gz"], allowance) if "owned_gz" in raw else raw.get("owned")
        )
    except ValueError as error:
        return Damaged(value, str(error))
    state = document.parse(data)
    if not isinstance(state, Document):
        return Damaged(value, "holds no fields")
    if "checksum" in raw and not _is_digest(raw["checksum"], data, state):
        return Damaged(value, "its checksum does not match")
    if raw.get("auto_updated") is True or (raw is not value and document.is_auto_updated(value)):
        state = replace(state, auto_updated=True)
    serial: Json = raw.get("serial")
    is_serial = isinstance(serial, int) and not isinstance(serial, bool)
    return Backup(
        raw,
        state,
        is_serial and "owner" in raw,
        serial if is_serial else 0,
        _owned(owned),
        None if raw is value else value,
    )


def _is_digest(checksum: Json, data: Json, state: Document) -> bool:
    digest = state.digest if state.raw is data else canonical.digest(data)
    return bool(checksum == digest or checksum == canonical.digest_before_equal_numbers(data))


def _owned(value: Json) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        return {}
    return {
        name: tuple(attribute for attribute in names if isinstance(attribute, str))
        for name, names in value.items()
        if isinstance(names, list)
    }


def serial_of(entry: Entry) -> int | None:
    """The serial of an entry of ours, or of a damaged one that still has it."""
    match entry:
        case Backup(ours=True, serial=serial):
            return serial
        case Damaged({"serial": int(serial)}) if not isinstance(serial, bool):
            return serial
    return None


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """What is wrong with the value of a key of ours, or with one ``entry`` of its list.
    ``foreign``: nothing in the value looks like what the key is for."""

    suffix: str
    message: str
    entry: int | None = None
    foreign: bool = False

    def __str__(self) -> str:
        where = "" if self.entry is None else f"[{self.entry}]"
        return f"{self.suffix}{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class BackupHistory:
    """All backups: ``entries`` newest first, without the ``unconfirmed`` ones. ``complete``: the
    value of ``.backup`` is also entry 0 of the history's value."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[KeyProblem, ...] = ()
    complete: bool = False
    unconfirmed: tuple[Backup, ...] = ()

    def confirmed_up_to(self, serial: int, runs: AbstractSet[str]) -> BackupHistory:
        """The history with the entries of interrupted applies, which are ``runs`` with a greater
        serial, set apart as unconfirmed. Their documents may never have been live, so they are not
        compared, are restored last, and are replaced by the next sync. A captured live edit stays:
        it was live when it was backed up. Without any other entry of ours, the newest of them stays
        too: it may be the only one that holds a customization."""
        unconfirmed = tuple(
            entry
            for entry in self.valid
            if entry.ours
            and entry.serial > serial
            and entry.text("run") in runs
            and entry.text("reason") != LIVE_EDIT
        )
        if all(entry in unconfirmed for entry in self.valid if entry.ours):
            unconfirmed = tuple(e for e in unconfirmed if e is not self.newest_of_ours)
        entries = tuple(entry for entry in self.entries if entry not in unconfirmed)
        complete = self.complete and not unconfirmed
        return BackupHistory(entries, self.problems, complete, unconfirmed)

    @property
    def valid(self) -> tuple[Backup, ...]:
        return tuple(entry for entry in self.entries if isinstance(entry, Backup))

    @property
    def newest(self) -> Backup | None:
        """The newest valid backup: ours, else another writer's, else an unconfirmed one."""
        return self.newest_of_ours or next(iter((*self.valid, *self.unconfirmed)), None)

    @property
    def newest_of_ours(self) -> Backup | None:
        return self.newest_up_to(None)

    def newest_up_to(self, serial: int | None) -> Backup | None:
        """Our valid backup with the greatest serial, or the greatest that is at most ``serial``."""
        ours = [e for e in self.valid if e.ours and (serial is None or e.serial <= serial)]
        return max(ours, key=lambda entry: entry.serial, default=None)

    def was_set_by_git(self, name: str, attribute: str, value: Json) -> bool:
        """Whether any backup of ours holds this value as one that git had set."""
        return any(
            entry.ours
            and attribute in entry.owned.get(name, ())
            and name in entry.document.fields
            and attributes.same(
                attribute,
                attributes.field_values(entry.document.fields[name]).get(attribute),
                value,
            )
            for entry in self.valid
        )


@lru_cache(maxsize=1)  # after a conflict only the document has moved, as a rule
def decode_history(backup: Live, history: Live) -> BackupHistory:
    """Both keys as one history. A backup that the history lacks is inserted at its place."""
    problems: list[KeyProblem] = []
    newest = _decode(backup, problems, BACKUP)
    values = _decode(history, problems, HISTORY)
    if values is not None and not isinstance(values, list):
        problem = f"not a list but {type(values).__name__}"
        problems.append(KeyProblem(HISTORY, problem, foreign=True))
        values = None
    allowance = Allowance()
    entries = [parse(value, allowance) for value in values or []]
    foreign = not any(map(_is_a_backups, values or []))
    problems += [
        KeyProblem(HISTORY, entry.reason, index, foreign)
        for index, entry in enumerate(entries)
        if isinstance(entry, Damaged)
    ]
    complete = False
    match _parse(newest, newest, None) if newest is not None else None:
        case Damaged(reason=reason):
            problems.append(KeyProblem(BACKUP, reason, foreign=not _is_a_backups(newest)))
        case Backup() as top:
            in_history = any(isinstance(e, Backup) and _same_entry(e, top) for e in entries)
            if not in_history and not _was_replaced(entries, top):
                entries.insert(_place(entries, top), top)
            first = entries[0]
            complete = in_history and isinstance(first, Backup) and _same_entry(first, top)
    return BackupHistory(tuple(entries), tuple(problems), complete)


def _place(entries: Sequence[Entry], backup: Backup) -> int:
    """The index for a backup that the history lacks: 0, but one of ours goes below the entries with
    greater serials, which an interrupted apply added before it wrote ``.backup``."""
    later = [e for e in entries if isinstance(e, Backup) and e.ours and e.serial > backup.serial]
    return entries.index(later[-1]) + 1 if backup.ours and later else 0


def _was_replaced(entries: Sequence[Entry], backup: Backup) -> bool:
    """Whether the history has another run's entry with the serial of the backup. The history is
    written first: the backup is then left from an apply that was interrupted earlier."""
    return any(
        isinstance(e, Backup)
        and e.ours
        and backup.ours
        and e.serial == backup.serial
        and e.text("run") != backup.text("run")
        for e in entries
    )


def _same_entry(left: Backup, right: Backup) -> bool:
    marks = ("backup_timestamp", "serial")
    return all(left.raw.get(mark) == right.raw.get(mark) for mark in marks) and canonical.equal(
        left.document.raw, right.document.raw
    )


def _is_a_backups(value: Json) -> bool:
    """Whether a value has the form of a backup, usable or not."""
    raw, _ = document.unwrapped(value)
    return isinstance(raw, dict) and not raw.keys().isdisjoint(("fields_data", "fields_data_gz"))


def _decode(live: Live, problems: list[KeyProblem], suffix: str) -> Json:
    """The value without its wrapper; None if there is none."""
    if isinstance(live, Absent):
        return None
    if not live.value.strip():
        problems.append(KeyProblem(suffix, "empty"))
        return None
    try:
        value, twice = canonical.loads_and_repeated(live.value)
    except ValueError as error:
        problems.append(KeyProblem(suffix, str(error), foreign=True))
        return None
    inner, wrapped = document.unwrapped(value)
    beside = sorted(value.keys() - {"data", "meta"}) if wrapped else []
    unread = [f"'{key}' is beside the wrapper's data" for key in beside]
    unread += [f"an object says '{twice}' twice"] if twice is not None else []
    problems += [KeyProblem(suffix, problem) for problem in unread]
    return inner


def create(
    state: Document,
    owned: Mapping[str, Iterable[str]],
    writer: Writer,
    *,
    reason: str,
    run: str,
    serial: int,
    timestamp: str,
) -> Backup:
    """A new entry, not packed. ``writer.commit`` is the commit whose fields it holds."""
    data, names = state.raw, {name: sorted(names) for name, names in sorted(owned.items())}
    raw: dict[str, Json] = {
        "fields_data": data,
        "backup_timestamp": timestamp,
        "backup_version": data.get("version")
        if isinstance(data.get("version"), str)
        else document.VERSION,
        "total_fields": len(data["fields"]),
        "serial": serial,
        "checksum": state.digest,
        "reason": reason,
        "commit": writer.commit,
        "actor": writer.actor,
        "run": run,
        "owner": writer.owner,
        "owned": names,
    }
    if writer.dirty:
        raw["dirty"] = True
    if state.auto_updated:
        raw["auto_updated"] = True
    return Backup(raw, state, True, serial, _owned(names))


def packed(entry: Json) -> Json:
    """The entry with its two large parts gzipped. A packed or foreign entry stays as it is."""
    if not isinstance(entry, dict) or not {"fields_data", "serial", "owner"} <= entry.keys():
        return entry
    rest = {name: value for name, value in entry.items() if name not in ("fields_data", "owned")}
    return {
        **rest,
        "fields_data_gz": canonical.pack(entry["fields_data"]),
        "owned_gz": canonical.pack(entry.get("owned", {})),
    }


def unpacked(entry: Entry) -> Json:
    """The entry's value, readable for people. That of a damaged entry is returned as it is."""
    if isinstance(entry, Damaged):
        return entry.raw
    value = dict(entry.raw)
    for name in ("fields_data", "owned"):
        if f"{name}_gz" in value:
            value[name] = canonical.unpack(value.pop(f"{name}_gz"))
    return value


def next_timestamp(now: datetime, entries: Sequence[Entry]) -> str:
    """RFC 3339 in UTC with milliseconds, later than every valid timestamp of our entries."""
    ours = [entry for entry in entries if isinstance(entry, Backup) and entry.ours]
    moments = (moment for entry in ours if (moment := parse_time(entry.timestamp)))
    latest = max(moments, default=None)
    if latest is None or rfc3339(now) > rfc3339(latest):
        return rfc3339(now)
    try:
        return rfc3339(latest + timedelta(milliseconds=1))
    except OverflowError:  # the calendar's last moment: serials order the entries all the same
        return rfc3339(now)


def next_serial(entries: Sequence[Entry], recorded: int) -> int:
    """One more than the greatest serial of our entries and the record."""
    return max([recorded, *(e.serial for e in entries if isinstance(e, Backup) and e.ours)]) + 1

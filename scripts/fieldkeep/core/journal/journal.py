"""Plans the transactions of an apply: which keys to write, and which index each must still have.

Pure, so that a test can build the state after every point at which an apply can be interrupted.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from fieldkeep.core.common import canonical
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.document.document import Document, compare
from fieldkeep.core.journal import set_aside
from fieldkeep.core.journal.entries import (
    Run,
    TargetState,
    backup_of_live_edit,
    backup_of_result,
    is_backed_up,
)
from fieldkeep.core.journal.retention import (
    Leaving,
    Retained,
    retain,
    with_earlier,
    without_repeats,
)
from fieldkeep.core.journal.set_aside import SettingAside
from fieldkeep.core.journal.sizes import too_large, way_past_another_writer
from fieldkeep.core.stored import backups, record
from fieldkeep.core.stored.backups import Backup
from fieldkeep.core.stored.record import Pending, Record, UnknownRecord
from fieldkeep.core.stored.references import by_reference
from fieldkeep.core.stored.set_aside import SetAside
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState, expected_serials
from fieldkeep.errors import Refused
from fieldkeep.model import (
    INDEX_OF_EARLIER_WRITE,
    Check,
    Delete,
    Json,
    Limits,
    Operation,
    Put,
    Writer,
)

__all__ = ["Builder", "Form", "Journal", "Run", "Scope", "TargetState", "scope", "write"]


class Scope(Enum):
    """How much an apply writes."""

    NOTHING = "nothing"
    RECORD = "record"  # only our own record differs
    CAPTURE = "capture"  # only live and the newest backup differ: back up that edit
    STATUS = "status"  # only the status of the servers differs
    ALL = "all"


class Form(Enum):
    """The form of an apply. Backups stay uncompressed while one transaction can hold them. The last
    form writes the values one by one; a sync can resume after any of them."""

    PLAIN = "plain"
    HISTORY_PACKED = "history packed"
    ALL_PACKED = "history and backup packed"
    ORDERED = "several writes"


@dataclass(frozen=True, slots=True)
class Journal:
    """``steps`` are the transactions in order; ``entries`` the new backups, newest first; ``depth``
    the number of backups in the history afterwards; ``set_aside`` the values that are set aside
    first, ``dropped`` the oldest of earlier ones, for which there is no room any more; ``leaving``
    the old backups that alone hold an edit and find no room."""

    scope: Scope
    steps: tuple[tuple[Operation, ...], ...] = ()
    entries: tuple[Mapping[str, Json], ...] = ()
    depth: int = 0
    form: Form = Form.PLAIN
    set_aside: tuple[SetAside, ...] = ()
    dropped: tuple[SetAside, ...] = ()
    leaving: tuple[Leaving, ...] = ()

    @property
    def replaces(self) -> str:
        """When the backup of the same state was made that the newest one replaces; else ''."""
        match self.entries:
            case ({"earlier": [{"timestamp": str(time)}, *_]}, *_):
                return time
        return ""


def scope(stored: StoreState, target: TargetState, writer: Writer) -> Scope:
    """How much has to be written, given live, the newest backup and the record."""
    live = stored.document
    if not isinstance(live, Document):
        return Scope.ALL
    difference = compare(live, target.document)
    if difference.substance:
        return Scope.ALL
    history = stored.history
    repeats = len(without_repeats(history.entries)) < len(history.entries)
    if not is_backed_up(live, stored) or not history.complete or repeats:
        return Scope.CAPTURE
    if difference.status:
        return Scope.STATUS
    # A recreation must be seen only once. Writing the record moves its index past the recreation;
    # else the next edit made in the application would pass for one of its defaults.
    before = stored.record
    if stored.recreated or not isinstance(before, Record):
        return Scope.RECORD
    if "pending" in before.raw or before.unmerged:  # also a pending apply that cannot be read
        return Scope.RECORD
    is_up_to_date = record.is_up_to_date(before, writer, target.owned)
    return Scope.NOTHING if is_up_to_date else Scope.RECORD


def write(
    snapshot: Snapshot,
    stored: StoreState,
    target: TargetState,
    run: Run,
    limits: Limits,
    hold: Put | Delete | None = None,
) -> Journal:
    """The journal of one apply, which also sets the ``hold`` or ends it. Raises Refused if no form
    of it fits the store's limits, or if a newer fieldkeep wrote the record."""
    require_known(stored)
    extent = scope(stored, target, run.writer)
    if extent is Scope.NOTHING:
        if hold is None:
            return Journal(extent, depth=len(stored.history.entries))
        extent = Scope.RECORD  # by which the write is recognized as ours
    return Builder(snapshot, stored, target, run, extent, limits, hold).journal()


def require_known(stored: StoreState) -> None:
    """Raises Refused if a newer fieldkeep wrote the record: what it means would be lost."""
    if isinstance(stored.record, UnknownRecord):
        raise Refused(str(stored.record), stored.record.hint)


class Builder:
    """Builds the steps of one apply."""

    def __init__(
        self,
        snapshot: Snapshot,
        stored: StoreState,
        target: TargetState,
        run: Run,
        extent: Scope,
        limits: Limits,
        hold: Put | Delete | None,
    ) -> None:
        self.hold = (hold,) if hold else ()
        self.snapshot, self.stored, self.target, self.run = snapshot, stored, target, run
        self.extent, self.limits = extent, limits
        self.keys = snapshot.keys
        new = _new_entries(extent, stored, target, run)
        self.entries = [with_earlier(entry, stored.history.entries) for entry in new]
        self.retained = self._retained()
        self.document = target.document.encoded if self._document_changes() else None

    def _document_changes(self) -> bool:
        if self.extent is not Scope.CAPTURE:
            return self.extent in {Scope.ALL, Scope.STATUS}
        live = self.stored.document
        return isinstance(live, Document) and compare(live, self.target.document).status

    def journal(self) -> Journal:
        """The whole of it. Raises Refused."""
        steps, form = self.steps()
        aside = self.setting_aside(steps)
        return Journal(
            self.extent,
            (*aside.steps, *steps),
            tuple(entry.raw for entry in self.entries),
            len(self.retained.entries),
            form,
            aside.added,
            aside.dropped,
            self.retained.leaving,
        )

    def steps(self) -> tuple[tuple[tuple[Operation, ...], ...], Form]:
        """The first form that fits. Raises Refused, with sizes, if none does."""
        for form in (Form.PLAIN, Form.HISTORY_PACKED, Form.ALL_PACKED):
            operations = self.transaction(form)
            if too_large(operations, self.limits) is None:
                return (operations,), form
        steps = tuple(self.ordered_steps())
        for step in steps:
            if why := too_large(step, self.limits):
                raise Refused(
                    f"too large for this store: {why}",
                    *way_past_another_writer(self.retained.entries, self.limits),
                    "raise max_value_bytes and max_transaction_bytes if the server allows more"
                    " (Consul: limits.kv_max_value_size, limits.txn_max_req_len), or lower history",
                )
        return steps, Form.ORDERED

    def transaction(self, form: Form) -> tuple[Operation, ...]:
        """All in one: a check-and-set of each key written, an index check of each key only read."""
        values = {**self.contents(form), self.keys.record: self.confirmed_record()}
        written = [self.snapshot.put(key, value) for key, value in values.items()]
        return (*self.checks(values), *self.hold, *written)

    def checks(self, written: Container[str]) -> tuple[Check, ...]:
        """An index check of each key that is only read."""
        held_keys = {operation.key for operation in self.hold}
        return tuple(
            Check(key, self.snapshot.index(key))
            for key in self.keys.all
            if key not in written and key not in held_keys
        )

    def ordered_steps(self) -> Iterator[tuple[Operation, ...]]:
        """One value a step. The first announces the apply in the record, the last confirms it;
        between them, the record tells whether the old or the new document is live. The hold is set
        in the first step: a sync between two steps would undo the apply."""
        keys = self.keys
        first = self.first_step()
        yield first
        contents = self.contents(Form.ALL_PACKED)
        for key in (keys.history, keys.backup, keys.document):
            if key in contents:
                yield self._while_ours(self.snapshot.put(key, contents[key]))
        flags = self.snapshot.put(keys.record, b"").flags
        yield (Put(keys.record, self.confirmed_record(), INDEX_OF_EARLIER_WRITE, flags),)

    def first_step(self) -> tuple[Operation, ...]:
        """The announcement in the first of its forms that fits, or in the shortest."""
        record_key = self.keys.record
        for value in self.announcements():
            put = self.snapshot.put(record_key, value)
            step = (*self.checks((record_key,)), *self.hold, put)
            if too_large(step, self.limits) is None:
                break
        return step

    def _while_ours(self, put: Put) -> tuple[Operation, ...]:
        """The write with a check that the record is still as this apply wrote it; without the check
        where a transaction cannot hold both."""
        both = (Check(self.keys.record, INDEX_OF_EARLIER_WRITE), put)
        return both if too_large(both, self.limits) is None else (put,)

    def contents(self, form: Form) -> dict[str, bytes]:
        """The values that this apply writes to document, history and backup, by key."""
        values: dict[str, bytes] = {}
        if self.document is not None:
            values[self.keys.document] = self.document
        if self.extent in {Scope.ALL, Scope.CAPTURE}:
            plain = [entry.encoded for entry in self.retained.entries]
            history = plain if form is Form.PLAIN else self.packed_history
            values[self.keys.history] = b"[" + b",".join(history) + b"]"
            values[self.keys.backup] = history[0] if form is Form.ALL_PACKED else plain[0]
        return values

    def _retained(self) -> Retained:
        """The entries of the new history, newest first. Entry 0 is the backup, so that no damaged
        or foreign entry is put there."""
        history = self.stored.history
        if self.extent not in {Scope.ALL, Scope.CAPTURE}:
            return Retained(history.entries)
        old = list(history.entries)
        if not self.entries and (newest := history.newest) in old:
            old.remove(newest)
            old.insert(0, newest)
        target = self.target
        return retain(
            [*self.entries, *old],
            target.document,
            target.owned,
            target.depth,
            added=len(self.entries),
            needed=self.needed(),
        )

    def needed(self) -> Container[int]:
        """The serials of entries that stay although a newer one has the same state."""
        return ()

    @cached_property
    def packed_history(self) -> list[bytes]:
        return [canonical.dumps(backups.packed(entry)) for entry in self.history()]

    def history(self) -> list[Json]:
        return [entry.stored for entry in self.retained.entries]

    def setting_aside(self, steps: Iterable[Iterable[Operation]]) -> SettingAside:
        """Keeps what the steps would lose. Raises Refused if there is no room for it."""
        return set_aside.before_writing(
            self.snapshot,
            self.stored,
            {op.key for step in steps for op in step if isinstance(op, Put)},
            self.history(),
            at=rfc3339(self.run.now),
            limits=self.limits,
        )

    def serial(self) -> int:
        """The greatest serial after this apply."""
        stored = self.stored
        highest = backups.next_serial(stored.history.entries, stored.recorded_serial) - 1
        return max([highest, *(entry.serial for entry in self.entries)])

    def serials(self) -> list[int]:
        """The serials of our entries after this apply. One that was missing before stays expected,
        so that `history verify` still finds that it is missing."""
        before, after = (
            {serial for entry in entries if (serial := backups.serial_of(entry))}
            for entries in (self.stored.history.entries, self.retained.entries)
        )
        expected = (expected_serials(self.stored) - (before - after)) | after
        return sorted((n for n in expected if n >= min(after, default=0)), reverse=True)

    def confirmed_record(self) -> bytes:
        """The record after the last step."""
        before = self.stored.record if isinstance(self.stored.record, Record) else None
        applied: Mapping[str, Json] = before.applied if before else {}
        if self.document is not None:
            applied = {
                "commit": self.run.writer.commit,
                "at": rfc3339(self.run.now),
                "run": self.run.run,
                "digest": self.target.document.digest,
            }
        return canonical.dumps(
            record.create(
                self.run.writer,
                self.target.owned,
                run=self.run.run,
                serial=self.serial(),
                applied=applied,
                backups=self.serials(),
            )
        )

    def announcements(self) -> Iterator[bytes]:
        """The old record with the pending apply: in full, by references to what the store holds
        anyway, and with the old base gzipped too."""
        before, pending = self.record_before(), self.pending()
        yield canonical.dumps(record.with_pending(before, pending))
        stored = self.stored
        last = stored.interrupted_apply
        if last and not stored.may_be_applied:  # its document was never written
            pending = replace(pending, earlier_bases=last.earlier_bases)
        live = stored.document if isinstance(stored.document, Document) else None
        short = by_reference(pending, before["owned"], self.target.document, live)
        announced = record.with_pending(before, short)
        yield canonical.dumps(announced)
        yield canonical.dumps(record.packed(announced))

    def record_before(self) -> Mapping[str, Json]:
        """The old record; without one, a record of the base in use."""
        stored = self.stored
        if isinstance(stored.record, Record):
            base, serial = stored.record.owned, stored.record.serial
            return {**stored.record.raw, "owned": base, "serial": serial}
        writer = Writer(owner=self.run.writer.owner, actor=self.run.writer.actor)
        newest = stored.history.newest_of_ours
        serial = newest.serial if newest else 0
        return record.create(writer, stored.base, run="", serial=serial, applied={})

    def pending(self) -> Pending:
        stored, last = self.stored, self.stored.interrupted_apply
        return Pending(
            self.run.run,
            self.run.writer.commit,
            self.run.writer.owner,
            self.serial(),
            "" if self.document is None else self.target.document.digest,
            rfc3339(self.run.now),
            self.target.owned,
            stored.recreated,
            (*last.earlier_runs, last.run) if last else (),
            stored.unconfirmed_bases,
        )


def _new_entries(extent: Scope, stored: StoreState, target: TargetState, run: Run) -> list[Backup]:
    """The backups to add, newest first."""
    entries: list[Backup] = []
    is_replaced = extent is Scope.ALL
    if extent in {Scope.ALL, Scope.CAPTURE} and (
        edit := backup_of_live_edit(stored, run, is_replaced=is_replaced)
    ):
        entries.insert(0, edit)
    if extent is Scope.ALL and (result := backup_of_result(stored, target, run, entries)):
        entries.insert(0, result)
    return entries

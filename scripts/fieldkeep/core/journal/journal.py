"""Which keys an apply writes, in which transactions, and what each of them must still be.

Pure, so that every point at which a write can be lost is a value that a test can build.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from fieldkeep.core.common import canonical
from fieldkeep.core.document.document import Document, compare
from fieldkeep.core.journal.entries import (
    Run,
    TargetState,
    backed_up,
    backup_of_live_edit,
    backup_of_result,
)
from fieldkeep.core.journal.set_aside import set_aside
from fieldkeep.core.journal.sizes import too_large
from fieldkeep.core.stored import backups, record
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.core.stored.record import Pending, Record
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import Refused
from fieldkeep.model import (
    INDEX_OF_EARLIER_WRITE,
    Absent,
    Check,
    Json,
    Limits,
    Operation,
    Put,
    Writer,
)

__all__ = ["Form", "Journal", "Run", "Scope", "TargetState", "scope", "write"]


class Scope(Enum):
    """How much there is to write."""

    NOTHING = "nothing"
    RECORD = "record"  # only our own record would say something else
    CAPTURE = "capture"  # only live differs from the newest backup: keep that edit
    STATUS = "status"  # only how the servers answered differs
    ALL = "all"


class Form(Enum):
    """How an apply is written. Backups are plain for people as long as one transaction holds them;
    the last form is several writes, each of which leaves something that can be gone on from."""

    PLAIN = "plain"
    HISTORY_PACKED = "history packed"
    ALL_PACKED = "history and backup packed"
    ORDERED = "several writes"


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


def scope(stored: StoreState, target: TargetState, writer: Writer) -> Scope:
    """Compare live, the newest backup and the record with what is wanted."""
    live = stored.document
    if not isinstance(live, Document):
        return Scope.ALL
    difference = compare(live, target.document)
    if difference.substance:
        return Scope.ALL
    if not backed_up(live, stored) or not stored.history.complete:
        return Scope.CAPTURE
    if difference.status:
        return Scope.STATUS
    # A recreation must be seen only once: the record's index has to move past it, or the next edit
    # made in the application would pass for one of its defaults.
    if stored.recreated or not isinstance(stored.record, Record) or "pending" in stored.record.raw:
        return Scope.RECORD
    same = record.says_the_same(stored.record, writer, target.owned)
    return Scope.NOTHING if same else Scope.RECORD


def write(
    snapshot: Snapshot,
    stored: StoreState,
    target: TargetState,
    run: Run,
    limits: Limits,
    hold: Put | None = None,
) -> Journal:
    """The journal of one apply, with the ``hold`` that is to come with it. Raises Refused if no
    form of it fits the store's limits."""
    extent = scope(stored, target, run.writer)
    if extent is Scope.NOTHING:
        return Journal(extent, depth=len(stored.history.entries))
    draft = _Draft(snapshot, stored, target, run, extent, limits, hold)
    steps, form = draft.steps()
    aside = set_aside(snapshot, stored, limits)
    return Journal(
        extent,
        (*aside, *steps),
        tuple(draft.entries),
        min(target.depth, len(draft.entries) + len(stored.history.entries)),
        form,
        tuple(op.key for step in aside for op in step if isinstance(op, Put)),
    )


class _Draft:
    """The values of one apply, and the ways to write them."""

    def __init__(
        self,
        snapshot: Snapshot,
        stored: StoreState,
        target: TargetState,
        run: Run,
        extent: Scope,
        limits: Limits,
        hold: Put | None,
    ) -> None:
        self.hold = (hold,) if hold else ()
        self.snapshot, self.stored, self.target, self.run = snapshot, stored, target, run
        self.extent, self.limits = extent, limits
        self.keys = snapshot.keys
        self.entries = _entries(extent, stored, target, run)
        self.document = canonical.dumps(target.document.raw) if self._document_changes() else None

    def _document_changes(self) -> bool:
        if self.extent is not Scope.CAPTURE:
            return self.extent in {Scope.ALL, Scope.STATUS}
        live = self.stored.document
        return isinstance(live, Document) and compare(live, self.target.document).status

    def steps(self) -> tuple[tuple[tuple[Operation, ...], ...], Form]:
        """The first form that fits. Raises Refused, with sizes, if none does."""
        why = None
        for form in (Form.PLAIN, Form.HISTORY_PACKED, Form.ALL_PACKED):
            operations = self.transaction(form)
            why = too_large(operations, self.limits)
            if why is None:
                return (operations,), form
        steps = tuple(self.ordered())
        for step in steps:
            if why := too_large(step, self.limits):
                raise Refused(
                    f"too large for this store: {why}",
                    "raise max_value_bytes and max_transaction_bytes if the server allows more"
                    " (Consul: limits.kv_max_value_size, limits.txn_max_req_len), or lower history",
                )
        return steps, Form.ORDERED

    def transaction(self, form: Form) -> tuple[Operation, ...]:
        """Everything at once: check-and-set on each key written, a check of each key only read."""
        values = {**self.contents(form), self.keys.record: self.confirmed()}
        written = [self.put(key, value) for key, value in values.items()]
        return (*self.checks(values), *self.hold, *written)

    def checks(self, written: Container[str]) -> tuple[Check, ...]:
        """Of each key that is only read."""
        held = {put.key for put in self.hold}
        return tuple(
            Check(key, self.snapshot.index(key))
            for key in self.keys.all
            if key not in written and key not in held
        )

    def ordered(self) -> Iterator[tuple[Operation, ...]]:
        """One value a write. First the record says what is about to happen, last that it did: in
        between, whoever comes finds the old document or the new one, and the record tells which.
        A hold comes first too: a sync in between would undo what is not yet done."""
        keys = self.keys
        announced = self.put(keys.record, self.announced())
        yield (*self.checks((keys.record,)), *self.hold, announced)
        contents = self.contents(Form.ALL_PACKED)
        for key in (keys.history, keys.backup, keys.document):
            if key in contents:
                yield self._guarded(self.put(key, contents[key]))
        yield (Put(keys.record, self.confirmed(), INDEX_OF_EARLIER_WRITE, announced.flags),)

    def _guarded(self, put: Put) -> tuple[Operation, ...]:
        """With a check that nobody has taken over, where a transaction can hold both."""
        both = (Check(self.keys.record, INDEX_OF_EARLIER_WRITE), put)
        return both if too_large(both, self.limits) is None else (put,)

    def contents(self, form: Form) -> dict[str, bytes]:
        """The values of document, history and backup, as far as this apply writes them."""
        values: dict[str, bytes] = {}
        if self.document is not None:
            values[self.keys.document] = self.document
        if self.extent in {Scope.ALL, Scope.CAPTURE}:
            listed = self.listed()
            packed = [backups.packed(entry) for entry in listed]
            values[self.keys.history] = canonical.dumps(listed if form is Form.PLAIN else packed)
            newest = packed[0] if form is Form.ALL_PACKED else listed[0]
            values[self.keys.backup] = canonical.dumps(newest)
        return values

    def listed(self) -> list[Json]:
        """The history, newest first. No damaged entry stands on top: that one is the backup."""
        history = self.stored.history
        old = list(history.entries)
        if not self.entries and (newest := history.newest) in old:
            old.remove(newest)
            old.insert(0, newest)
        return [*self.entries, *(entry.raw for entry in old)][: self.target.depth]

    def put(self, key: str, value: bytes) -> Put:
        live = self.snapshot[key]
        flags = 0 if isinstance(live, Absent) else live.flags
        return Put(key, value, self.snapshot.index(key), flags)

    def serial(self) -> int:
        recorded = self.stored.record.serial if isinstance(self.stored.record, Record) else 0
        highest = backups.next_serial(self.stored.history.entries, recorded) - 1
        added: list[int] = [entry["serial"] for entry in self.entries]
        return max([highest, *added])

    def confirmed(self) -> bytes:
        """The record once everything is live."""
        before = self.stored.record if isinstance(self.stored.record, Record) else None
        applied: Mapping[str, Json] = before.applied if before else {}
        if self.document is not None:
            applied = {
                "commit": self.run.writer.commit,
                "at": backups.rfc3339(self.run.now),
                "run": self.run.run,
                "digest": canonical.digest_of(self.document),
            }
        return canonical.dumps(
            record.create(
                self.run.writer,
                self.target.owned,
                run=self.run.run,
                serial=self.serial(),
                applied=applied,
            )
        )

    def announced(self) -> bytes:
        """The old record with the pending apply. Without an old one, the base that was used."""
        stored, live = self.stored, self.snapshot[self.keys.document]
        if isinstance(stored.record, Record):
            before: Mapping[str, Json] = {
                **stored.record.raw,
                "owned": stored.record.owned,
                "serial": stored.record.serial,
            }
        else:
            writer = Writer(owner=self.run.writer.owner, actor=self.run.writer.actor)
            newest = stored.history.newest_of_ours
            serial = newest.serial if newest else 0
            before = record.create(writer, stored.base, run="", serial=serial, applied={})
        unchanged = b"" if isinstance(live, Absent) else live.value
        digest = canonical.digest_of(unchanged if self.document is None else self.document)
        last = stored.unfinished
        pending = Pending(
            self.run.run,
            self.run.writer.commit,
            self.run.writer.owner,
            self.serial(),
            digest,
            self.target.owned,
            stored.recreated,
            (*last.runs, last.run) if last else (),
            stored.unconfirmed_bases,
        )
        return canonical.dumps(record.with_pending(before, pending))


def _entries(
    extent: Scope, stored: StoreState, target: TargetState, run: Run
) -> list[dict[str, Json]]:
    """The backups to add, newest first."""
    found: list[dict[str, Json]] = []
    if extent in {Scope.ALL, Scope.CAPTURE} and (edit := backup_of_live_edit(stored, run)):
        found.insert(0, edit)
    if extent is Scope.ALL and (entry := backup_of_result(stored, target, run, found)):
        found.insert(0, entry)
    return found

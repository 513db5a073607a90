"""Plans a capture: the live edit goes into the history, and the document stays as it is."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import asdict, replace

from fieldkeep.core.common import canonical
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.entries import Run, TargetState, is_backed_up
from fieldkeep.core.journal.journal import Builder, Journal, Scope, require_known
from fieldkeep.core.journal.set_aside import before_writing
from fieldkeep.core.stored import record
from fieldkeep.core.stored.record import Pending, Record, Unmerged
from fieldkeep.core.stored.references import by_reference
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Check, Json, Limits


def capture(
    snapshot: Snapshot, stored: StoreState, run: Run, limits: Limits, depth: int
) -> Journal:
    """The writes that keep what is live: a document goes into history, backup and record; a foreign
    value, or what of a document cannot be read, is set aside. None if that was done before, or if
    there is no document. Raises Refused if they do not fit the store, or if a newer fieldkeep wrote
    the record."""
    live = stored.document
    unread = before_writing(
        snapshot,
        stored,
        {snapshot.keys.document},
        history=(),
        at=rfc3339(run.now),
        limits=limits,
    )
    if not isinstance(live, Document) or is_backed_up(live, stored):
        journal = Journal(Scope.NOTHING, depth=len(stored.history.entries))
    else:
        require_known(stored)
        journal = _Capture(snapshot, stored, live, run, limits, depth).journal()
    return replace(
        journal,
        steps=(*unread.steps, *journal.steps),
        set_aside=(*unread.added, *journal.set_aside),
        dropped=(*unread.dropped, *journal.dropped),
    )


class _Capture(Builder):
    """Keeps in the record what was applied: a capture applies nothing."""

    def __init__(
        self,
        snapshot: Snapshot,
        stored: StoreState,
        live: Document,
        run: Run,
        limits: Limits,
        depth: int,
    ) -> None:
        before = stored.record
        owned = before.owned if isinstance(before, Record) else stored.base
        owner = before.text("owner") if isinstance(before, Record) else None
        writer = replace(run.writer, commit=stored.commit, owner=owner)
        super().__init__(
            snapshot, stored, TargetState(live, owned, depth), run, Scope.CAPTURE, limits, None
        )
        self.run = replace(run, writer=writer)

    def checks(self, written: Container[str]) -> tuple[Check, ...]:
        """None of the document, since what was read was live, whatever is live now; and none of the
        hold, which stops no backup."""
        unwatched = (self.keys.document, self.keys.hold)
        return tuple(check for check in super().checks(written) if check.key not in unwatched)

    def needed(self) -> Container[int]:
        unmerged = self._unmerged()
        return () if unmerged is None else (unmerged.serial,)

    def confirmed_record(self) -> bytes:
        """The record as it was, with our run and the new serial."""
        before = self.stored.record
        if isinstance(before, Record):
            value: dict[str, Json] = {**before.raw, "owned": before.owned}
            if before.pending_was_applied:
                value.pop("pending", None)
            elif before.pending and self.stored.may_be_applied:
                # our write moves the record's index past the document's, which told it until now
                value = self._with_pending(value, replace(before.pending, may_be_applied=True))
        else:
            writer = replace(self.run.writer, dirty=False)
            value = record.create(writer, self.stored.base, run="", serial=0, applied={})
        if unmerged := self._unmerged():
            value["unmerged"] = asdict(unmerged)
        value |= {"run": self.run.run, "serial": self.serial(), "backups": self.serials()}
        return canonical.dumps(value)

    def _with_pending(self, value: dict[str, Json], pending: Pending) -> dict[str, Json]:
        """The record with an interrupted apply in full: its unconfirmed backups leave the history.
        If that is too large, by references to what is live and now backed up."""
        full = record.with_pending(value, pending)
        if len(canonical.dumps(full)) <= self.limits.value:
            return full
        return record.with_pending(
            value, by_reference(pending, value["owned"], self.target.document, None)
        )

    def _unmerged(self) -> Unmerged | None:
        """The backup that the next merge still has to take values from: the one before the first
        capture of a document that was recreated, or that lost entries to damage."""
        before, live = self.stored.record, self.stored.document
        if isinstance(before, Record) and before.unmerged:
            recreated = before.unmerged.recreated or self.stored.recreated
            return replace(before.unmerged, recreated=recreated)
        damaged = isinstance(live, Document) and bool(live.damaged)
        previous = self.stored.previous_backup
        if previous is None or not (self.stored.recreated or damaged):
            return None
        return Unmerged(previous.serial, self.stored.recreated)

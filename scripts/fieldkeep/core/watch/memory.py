"""What a watcher saw last, for the day on which a document vanishes together with its backups."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldkeep.core.document import document as documents
from fieldkeep.core.document.document import Document
from fieldkeep.core.journal.entries import backup_of_live_edit
from fieldkeep.core.journal.journal import Run
from fieldkeep.core.stored import state
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.model import Absent, Live


@dataclass(frozen=True, slots=True)
class Memory:
    """``last`` are the keys as they were read last beside a readable document, with the newest
    readable document since; None before there was one."""

    last: Snapshot | None = None

    def after_read(self, snapshot: Snapshot) -> Memory:
        """After all keys were read."""
        live = snapshot[snapshot.keys.document]
        return Memory(snapshot) if isinstance(documents.decode(live), Document) else self

    def after_live(self, live: Live) -> Memory:
        """After the document's key was read alone."""
        if self.last is None or not isinstance(documents.decode(live), Document):
            return self
        values = {**self.last.values, self.last.keys.document: live}
        return Memory(replace(self.last, values=values))

    def recalled(self, snapshot: Snapshot, stored: StoreState, run: Run) -> StoreState:
        """What was ``stored``, with the backups and the record that it has lost. The document that
        was seen last is their newest backup. The same if a document or a backup is left, or if the
        key was never ours."""
        if self.last is None or not lacks_all(stored) or stored.foreign:
            return stored
        keys = snapshot.keys
        recorded = snapshot[keys.record]
        if isinstance(recorded, Absent):
            recorded = self.last[keys.record]
        values = {**self.last.values, keys.record: recorded}
        before = state.decode(Snapshot(keys, values))
        seen = backup_of_live_edit(before, run, is_replaced=False)
        values[keys.document] = snapshot[keys.document]
        now = state.decode(Snapshot(keys, values))
        entries = (*([seen] if seen else []), *now.history.entries)
        damaged = tuple(entry for entry in stored.history.entries if entry not in entries)
        history = replace(
            now.history,
            entries=(*entries, *damaged),
            problems=stored.history.problems,
            complete=False,
        )
        return replace(now, history=history)


def lacks_all(stored: StoreState) -> bool:
    """Whether neither a document nor a backup is left."""
    return not isinstance(stored.document, Document) and stored.history.newest is None


def is_recalled(snapshot: Snapshot, stored: StoreState) -> bool:
    """Whether the backups in ``stored`` are from memory: the store that was read has none."""
    return stored.history.newest is not None and lacks_all(state.decode(snapshot))

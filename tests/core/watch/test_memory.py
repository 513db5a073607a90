"""What a watcher recalls when a document vanishes together with its backups."""

from __future__ import annotations

from fieldkeep.core.journal.journal import Run
from fieldkeep.core.stored import state
from fieldkeep.core.stored.backups import LIVE_EDIT
from fieldkeep.core.stored.record import Record
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.core.stored.state import StoreState
from fieldkeep.core.watch.memory import Memory, is_recalled
from fieldkeep.model import Live, Present
from tests.core.build import NOW, US, a_document, a_field, present, snapshot

APPLIED = present(a_document(a_field("company")), index=8)
EDITED = present(a_document(a_field("company", display_name="edited")), index=9)
OWNED = {"company": {"display_name": "company", "description": "what git says"}}
RECORD = present({"schema_version": 1, "serial": 3, "commit": "c1", "owned": OWNED})
RUN = Run("1" * 32, NOW, LIVE_EDIT, US)
SEEN = Memory().after_read(snapshot(document=APPLIED, record=RECORD))


def recalled(memory: Memory, shot: Snapshot) -> StoreState:
    return memory.recalled(shot, state.decode(shot), RUN)


def document(live: Live) -> object:
    return state.decode(snapshot(document=live)).document


def test_the_document_that_was_seen_last_stands_in_for_everything_that_is_gone() -> None:
    shot = snapshot()
    stored = recalled(SEEN.after_live(EDITED), shot)
    assert stored.effective == document(EDITED)
    assert stored.restored_from is not None
    assert stored.restored_from.serial == 4
    assert "display_name" not in stored.restored_from.owned.get("company", ())
    assert stored.commit == "c1"
    assert stored.base == OWNED
    assert is_recalled(shot, stored)


def test_what_is_no_document_is_not_remembered() -> None:
    memory = SEEN.after_live(EDITED).after_live(Present(b"no document", 10, 3))
    memory = memory.after_live(present({"fields": []}, index=11)).after_read(snapshot())
    assert recalled(memory, snapshot()).effective == document(EDITED)


def test_a_record_that_is_left_is_the_base_and_a_damaged_history_is_set_aside() -> None:
    left = present({"schema_version": 1, "serial": 7, "commit": "c2", "owned": {}})
    stored = recalled(SEEN, snapshot(record=left))
    assert isinstance(stored.record, Record)
    assert stored.commit == "c2"
    assert stored.effective == document(APPLIED)
    damaged = snapshot(record=left, history=Present(b"{", 9, 3))
    stored = recalled(SEEN, damaged)
    assert stored.effective == document(APPLIED)
    assert damaged.keys.history in state.damaged_keys(damaged, stored)


def test_nothing_is_recalled_over_what_is_there_or_was_never_ours() -> None:
    kept = recalled(SEEN, snapshot()).restored_from
    assert kept is not None
    for shot in (
        snapshot(document=EDITED),
        snapshot(backup=present(kept.raw)),
        snapshot(document=Present(b"of a stranger", 9, 3)),
    ):
        assert recalled(SEEN, shot) == state.decode(shot)
        assert not is_recalled(shot, state.decode(shot))
    assert recalled(Memory(), snapshot()) == state.decode(snapshot())

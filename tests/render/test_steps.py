"""The steps of a sync."""

from __future__ import annotations

from fieldkeep.render import steps
from tests.core.build import KEYS, read
from tests.render.worlds import world


def test_labels_without_a_field_are_named() -> None:
    assert steps.extracted((read("north", "job", "site"),), ["job"]) == (
        "extract: 1 of 1 source read, 2 target labels, no field: job"
    )


def test_steps_tell_a_restore_from_a_backup() -> None:
    made = world()
    stamp = made.store.json(KEYS.backup)["backup_timestamp"]
    made.store.delete(KEYS.document)
    assert steps.stored(made.look()[1]) == [f"store key absent: using the backup of {stamp}"]
    assert steps.stored(made.look()[1], applying=True) == [
        f"store key absent: restored from the backup of {stamp}"
    ]
    made.store.put(KEYS.document, b"")
    assert steps.stored(made.look()[1])[0].startswith("store key empty: using")
    made.store.put(KEYS.document, b"[]")
    assert steps.stored(made.look()[1])[0].startswith("store key corrupt (not an object")
    for key in (KEYS.document, KEYS.backup, KEYS.history):
        made.store.delete(key)
    assert steps.stored(made.look()[1]) == ["store key absent: no backup either, starting from git"]

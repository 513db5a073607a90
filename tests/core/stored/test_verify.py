"""What `history verify` finds: every edit and every gap, and nothing after ordinary work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fieldkeep.core.stored.verify import Finding, verify
from tests.core.build import KEYS, World, encoded, read

Entries = list[dict[str, Any]]


def world(syncs: int = 5) -> World:
    made = World({"company": {"display_name": "0"}}, (read("m", "company", "site"),))
    for number in range(syncs):
        made.files["company"] = {"display_name": str(number)}
        made.sync()
    return made


def findings(made: World) -> list[Finding]:
    return [finding for finding in verify(*made.look()) if not finding.note]


def checks(made: World) -> set[str]:
    return {finding.check for finding in findings(made)}


def test_after_ordinary_work_there_is_nothing_to_find() -> None:
    made = World({"company": {}}, (read("m", "company"),))
    assert verify(*made.look()) == ()
    for number in range(14):
        made.files["company"] = {"display_name": str(number)}
        made.sync()
        made.sync()
    made.restore("3")
    made.sync()
    assert findings(made) == []


def test_an_edit_that_a_sync_has_kept_is_a_note() -> None:
    made = world()
    made.edit("company", placeholder="typed")
    assert [finding.message for finding in findings(made)] == [
        "what is live did not come through fieldkeep: the newest backup says otherwise of company"
    ]
    made.sync()
    assert findings(made) == []
    assert [f.check for f in verify(*made.look())] == ["live"]


def test_an_interrupted_apply_leaves_no_gap_behind() -> None:
    made = world()
    made.files["company"] = {"display_name": "interrupted"}
    found = made.evaluate()
    roomy, made.limits = made.limits, made.too_small(found)
    made.write(found, interrupted_after=2)
    assert checks(made) == {"pending"}
    made.limits = roomy
    made.files["company"] = {"display_name": "another"}
    made.sync()
    assert findings(made) == []
    assert [entry["serial"] for entry in made.history()] == [6, 5, 4, 3, 2, 1]


def change(where: int, **attributes: Any) -> Callable[[Entries], None]:
    return lambda entries: entries[where].update(attributes)


def label(entries: Entries) -> None:
    entries[2]["fields_data"]["fields"][0]["display_name"] = "tampered"


@pytest.mark.parametrize(
    ("damage", "check", "entry"),
    [
        (lambda entries: entries.pop(2), "serial", 2),
        (lambda entries: entries.__delitem__(slice(1, 4)), "serial", 1),
        (lambda entries: entries.insert(2, entries[2]), "serial", 3),
        (lambda entries: entries.reverse(), "serial", 1),
        (label, "damaged", None),
        (change(2, checksum="sha256:0"), "damaged", None),
        (lambda entries: entries[2].pop("checksum"), "checksum", 2),
        (change(2, total_fields=9), "checksum", 2),
        (change(2, serial=40), "serial", 2),
        (lambda entries: entries.__setitem__(2, 7), "damaged", None),
        (lambda entries: entries.clear(), "backup", None),
    ],
)
def test_an_edited_history_is_found(
    damage: Callable[[Entries], Any], check: str, entry: int | None
) -> None:
    made = world()
    entries = made.store.json(KEYS.history)
    damage(entries)
    made.store.put(KEYS.history, entries)
    assert (check, entry) in [(found.check, found.entry) for found in findings(made)]


def test_one_damaged_entry_is_one_finding() -> None:
    made = world()
    entries = made.store.json(KEYS.history)
    label(entries)
    made.store.put(KEYS.history, entries)
    (found,) = findings(made)
    assert "history[2]" in found.message


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda made: made.store.delete(KEYS.record), "no record"),
        (lambda made: made.store.delete(KEYS.document), "the document is not there"),
        (lambda made: made.store.put(KEYS.document, b""), "the document is empty"),
        (lambda made: made.store.put(KEYS.document, b"{"), "cannot be read"),
        (lambda made: made.store.put(KEYS.document, encoded(made.document())), "somebody else"),
        (lambda made: made.store.delete(KEYS.backup), ".backup"),
    ],
)
def test_the_other_keys_are_checked_too(damage: Callable[[World], None], words: str) -> None:
    made = world()
    damage(made)
    assert words in "; ".join(finding.message for finding in findings(made))


def test_a_newest_backup_that_was_taken_out_or_an_older_record_is_found() -> None:
    made = world()
    before = made.store.values[KEYS.record].value
    made.files["company"] = {"display_name": "newest"}
    made.sync()
    entries = made.store.json(KEYS.history)
    newest, record = made.store.values[KEYS.backup].value, made.store.values[KEYS.record].value
    made.store.put(KEYS.record, before)
    assert "an older record" in findings(made)[0].message
    made.store.put(KEYS.record, record)
    made.store.put(KEYS.history, entries[1:])
    made.store.put(KEYS.backup, entries[1])
    assert "newest entries are missing" in findings(made)[0].message
    made.store.put(KEYS.backup, newest)
    assert checks(made) == {"backup"}


def test_anothers_backup_is_no_finding() -> None:
    made = world()
    entries = made.store.json(KEYS.history)
    entries.insert(3, {"fields_data": entries[3]["fields_data"], "backup_timestamp": "then"})
    made.store.put(KEYS.history, entries)
    assert findings(made) == []
    assert [finding.entry for finding in verify(*made.look())] == [3]

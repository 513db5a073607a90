"""Which backup is meant, what putting it back would change, and what comes after."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from fieldkeep.core.journal.journal import Form, Run, Scope
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.restore.fromfile import parse, pick
from fieldkeep.core.restore.restore import RestoreOptions, restoration
from fieldkeep.core.restore.versions import choose
from fieldkeep.core.stored.backups import Backup, BackupHistory, decode_history
from fieldkeep.core.stored.hold import Hold, decode
from fieldkeep.errors import InputError, Refused
from fieldkeep.model import Limits, Source
from tests.core.build import DOCUMENT_SCHEMA, KEYS, US, World, encoded, present, read
from tests.core.stored.test_backups import an_entry, foreign


def history() -> BackupHistory:
    """Serials 5 to 1, a minute apart, each of a commit of its own; number 2 is damaged."""
    entries = [
        an_entry(
            serial,
            commit=f"{serial}abcdef0" * 5,
            backup_timestamp=f"2026-01-01T10:0{serial}:00.000Z",
        )
        for serial in (5, 4, 3, 2, 1)
    ]
    entries[2]["checksum"] = "sha256:0"
    return decode_history(present(entries[0]), present(entries))


@pytest.mark.parametrize(
    ("which", "serial"),
    [
        (None, 4),
        ("0", 5),
        ("1", 4),
        ("4", 1),
        ("2026-01-01T10:05:00.000Z", 5),
        ("2026-01-01T10:05:00Z", 5),
        ("2026-01-01T10:04:59Z", 4),
        ("2026-01-01T10:04:30", 4),
        ("2026-01-01 10:04:30", 4),
        ("2026-01-01T11:04:30+01:00", 4),
        ("2026-01-01T10:02Z", 2),
        ("2026-01-01T10:03:30Z", 2),
        ("2027-01-01", 5),
        ("2027-01-01T00:00:00Z", 5),
        ("4abcdef", 4),
        ("4ABCDEF", 4),
        ("1abcdef01abcdef0", 1),
        ("1abcdef0" * 5, 1),
    ],
)
def test_a_backup_is_named_by_number_time_or_commit(which: str | None, serial: int) -> None:
    assert choose(history(), which).serial == serial


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("5", "0, the newest, to 4"),
        ("99", "0, the newest, to 4"),
        ("2", "damaged"),
        ("2026-01-01T10:00:59Z", "no backup matches"),
        ("2025-12-31", "no backup matches"),
        ("2026-01-01", "no backup matches"),
        ("4abcde", "no backup matches"),
        ("ffffffff", "no backup matches"),
        ("-1", "no backup matches"),
        ("", "."),
        ("yesterday", "no backup matches"),
        ("2026-13-01", "no backup matches"),
        ("0000000", "no backup matches"),
        ("٣٣٣", "0, the newest, to 4"),
    ],
)
def test_what_names_no_backup_says_what_there_is(which: str, words: str) -> None:
    if which == "":
        assert choose(history(), which).serial == 4
        return
    with pytest.raises(InputError, match=words) as error:
        choose(history(), which)
    assert "fieldkeep history" in error.value.hint


@pytest.mark.parametrize("stamp", ["2026-01-01", "2026-01-01T00:00:00", "soon", None, 7])
@pytest.mark.parametrize("which", ["2026-06-01", "2026-06-01T00:00:00Z", "abcdef0"])
def test_odd_timestamps_in_the_store_are_no_crash(stamp: object, which: str) -> None:
    entry = foreign(backup_timestamp=stamp)
    with suppress(InputError):
        assert isinstance(choose(decode_history(present(entry), present([entry])), which), Backup)


def test_no_backup_at_all() -> None:
    with pytest.raises(InputError, match="no backup"):
        choose(BackupHistory(), None)


# --------------------------------------------------------------------------- putting it back


def world() -> World:
    made = World({"company": {"display_name": "First", "order": 1}}, (read("m", "company"),))
    made.sync()
    made.files["company"] = {"display_name": "Second"}
    made.sync()
    return made


def test_a_restore_puts_the_backup_back_and_its_ownership_is_the_new_base() -> None:
    made = world()
    target = made.restore(None)
    assert {c.place for c in target.changes["company"]} == {"display_name", "order"}
    assert made.live("company")["display_name"] == "First"
    assert made.store.json(KEYS.record)["owned"] == {
        "company": {"display_name": "First", "order": 1}
    }
    assert made.values_in_backups("company", "display_name") == ["First", "Second"]


def test_after_a_restore_git_says_again_what_it_says() -> None:
    made = world()
    made.restore(None)
    made.sync()
    assert made.live("company")["display_name"] == "Second"
    assert made.live("company")["order"] == 999
    assert made.sync()[1].scope is Scope.NOTHING


def test_a_restore_keeps_an_edit_that_no_backup_had() -> None:
    made = world()
    made.edit("company", placeholder="typed")
    made.restore("1")
    assert "typed" in made.values_in_backups("company", "placeholder")


def test_restoring_what_is_live_changes_nothing() -> None:
    made = world()
    assert made.restore("0").changes == {}
    assert made.live("company")["display_name"] == "Second"


def test_a_wiped_document_is_restored() -> None:
    made = world()
    made.store.delete(KEYS.document)
    made.restore("0")
    assert made.live("company")["display_name"] == "Second"


def test_a_hold_and_another_owner_stop_a_restore() -> None:
    made = world()
    made.store.put(KEYS.hold, {"until": "2099-01-01T00:00:00Z", "reason": "move", "actor": "bob"})
    with pytest.raises(Refused, match="bob") as error:
        made.restore(None)
    assert "--override-hold" in error.value.hint
    made.restore(None, Allowed(hold=True))
    made.store.delete(KEYS.hold)
    made.writer = replace(US, owner="git.example/other/fields")
    with pytest.raises(Refused) as error:
        made.restore(None)
    assert "--take-over" in error.value.hint


def test_a_restore_outside_git_stays_with_the_owner_that_is_there() -> None:
    made = world()
    made.writer = replace(US, owner=None, commit=None)
    made.restore(None)
    assert made.store.json(KEYS.record)["owner"] == US.owner
    assert made.store.json(KEYS.record)["commit"] == US.commit


def test_a_backup_that_consumers_would_refuse_is_not_put_back() -> None:
    made = world()
    bad = foreign()
    bad["fields_data"]["fields"][0]["order"] = "first"
    made.store.put(KEYS.history, [made.store.json(KEYS.backup), bad])
    with pytest.raises(InputError, match="order"):
        made.restore("1")


# --------------------------------------------------------------------------- the hold that comes


def hold_of(made: World) -> Hold | None:
    return decode(made.store.get(KEYS.hold), made.now)


def test_the_hold_comes_in_the_same_transaction() -> None:
    made = world()
    before = made.store.counter
    target = made.restore(None, hold=True)
    assert target.reverted_by_next_sync == ("company",)
    assert made.store.counter == before + 1
    found = hold_of(made)
    assert found is not None
    assert found.by_restore
    made.now += timedelta(hours=4)
    assert hold_of(made) is None


def test_in_several_writes_it_comes_first_and_a_second_restore_finishes() -> None:
    made = world()
    made.limits = Limits(1 << 30, 2500)
    shot, found = made.look()
    target = restoration(
        choose(found.history, None),
        shot,
        found,
        RestoreOptions(US, DOCUMENT_SCHEMA),
        desired=None,
        now=made.now,
    )
    entries = target.journal(Run("cut", made.now, "back", target.writer), made.limits)
    assert entries.form is Form.ORDERED
    made.store.commit(entries.steps[0])  # and here the power went
    assert hold_of(made) is not None
    with pytest.raises(Refused, match="hold"):
        made.sync()
    made.limits = Limits()
    made.restore("1", hold=True)
    assert made.live("company")["display_name"] == "First"


def test_without_the_field_files_the_last_apply_speaks_for_git() -> None:
    made = world()
    target = made.restore(None, hold=True, with_files=False)
    assert (target.reverted_by_next_sync, target.knows_field_files) == (("company",), False)
    assert hold_of(made) is not None


def test_what_git_says_too_is_not_undone() -> None:
    made = world()
    made.edit("company", display_name="typed", placeholder="typed")
    target = made.restore("0", hold=True)
    assert set(target.changes) == {"company"}
    assert target.reverted_by_next_sync == ()
    assert hold_of(made) is None
    made.sync()
    assert made.live("company")["display_name"] == "Second"


def test_what_is_foretold_is_what_the_next_sync_does() -> None:
    made = world()
    made.files["site"] = {"display_name": "Later"}
    made.files["company"] = {"display_name": "Third"}
    made.sync()
    target = made.restore("1")
    before = {entry["name"]: entry for entry in made.document()["fields"]}
    made.sync()
    after = {entry["name"]: entry for entry in made.document()["fields"]}
    assert target.reverted_by_next_sync == tuple(
        n for n in sorted(after) if after[n] != before.get(n)
    )
    assert target.reverted_by_next_sync == ("company", "site")


def only_git_had_it() -> World:
    """A field that no source gives was deleted with its file."""
    made = World({"company": {}, "site": {"display_name": "Mine"}}, (read("m", "company"),))
    made.sync()
    del made.files["site"]
    made.sync(deletes=True)
    assert made.names() == ["company"]
    return made


def test_a_field_that_the_next_sync_deletes_again_is_foretold_and_held() -> None:
    made = only_git_had_it()
    target = made.restore("1", hold=True)
    assert made.names() == ["company", "site"]
    assert target.reverted_by_next_sync == ("site",)
    assert hold_of(made) is not None
    made.store.delete(KEYS.hold)
    made.sync(deletes=True)
    assert made.names() == ["company"]


def test_without_the_field_files_too_a_deleted_field_is_foretold() -> None:
    target = only_git_had_it().restore("1", with_files=False)
    assert target.reverted_by_next_sync == ("site",)


def test_a_field_whose_label_a_source_gave_last_is_not_deleted_again() -> None:
    made = World({"company": {}, "site": {}}, (read("m", "company", "site"),))
    made.sync()
    del made.files["site"]
    made.sync()
    made.edit("site", placeholder="typed")
    made.sync()
    made.edit("company", placeholder="typed")
    target = made.restore("0", hold=True)
    assert target.changes.keys() == {"company"}
    assert target.reverted_by_next_sync == ()
    assert hold_of(made) is None


def test_a_new_label_without_a_file_is_no_customization_to_lose() -> None:
    made = World({"company": {}}, (read("m", "company"),))
    made.sync()
    made.readings = (read("m", "company", "site"),)
    made.sync()
    assert made.restore("1", hold=True).reverted_by_next_sync == ()
    made.sync()
    assert made.names() == ["company", "site"]


def test_a_bare_document_keeps_what_git_applied_last_as_gits() -> None:
    made = world()
    document = made.document()
    document["fields"][0]["placeholder"] = "typed"
    shot, found = made.look()
    bare = pick(parse(Source("kept.json", encoded(document)), KEYS.document), None)
    target = restoration(
        bare,
        shot,
        found,
        RestoreOptions(US, DOCUMENT_SCHEMA),
        desired=made.desired_state(),
        now=made.now,
    )
    assert target.target.owned == {"company": {"display_name": "Second"}}
    assert target.reverted_by_next_sync == ()

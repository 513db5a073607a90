"""Backups, history, record and hold: whatever they hold, it is read or named, never raised."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.common import canonical
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.document.document import Document
from fieldkeep.core.document.document import parse as parse_document
from fieldkeep.core.stored import backups, hold, record
from fieldkeep.core.stored.backups import (
    Backup,
    Damaged,
    decode_history,
    next_serial,
    next_timestamp,
    parse,
)
from fieldkeep.core.stored.keys import BACKUP, HISTORY
from fieldkeep.core.stored.record import DamagedRecord, NoRecord, Record, UnknownRecord
from fieldkeep.model import Absent, Live, Writer
from tests.core.build import NOW, US, a_document, a_field, present
from tests.core.document.test_attributes import JSON


def an_entry(serial: int = 1, **changes: Any) -> dict[str, Any]:
    state = parse_document(a_document(a_field("company", order=serial)))
    assert isinstance(state, Document)
    made = backups.create(
        state,
        {"company": ["order", "display_name"]},
        US,
        reason="sync",
        run="run-1",
        serial=serial,
        timestamp=f"2026-01-01T00:00:{serial:02d}.000Z",
    )
    return {**made.raw, **changes}


def foreign(**changes: Any) -> dict[str, Any]:
    return {
        "fields_data": a_document(a_field("company", order=77)),
        "backup_timestamp": "2031-01-01T00:00:00Z",
        **changes,
    }


def valid(value: Any) -> Backup:
    found = parse(value)
    assert isinstance(found, Backup), found
    return found


# --------------------------------------------------------------------------- one entry


def test_an_entry_says_all_that_the_contract_names() -> None:
    entry = an_entry()
    assert set(entry) == {
        "fields_data",
        "backup_timestamp",
        "backup_version",
        "total_fields",
        "serial",
        "checksum",
        "reason",
        "commit",
        "actor",
        "run",
        "owner",
        "owned",
    }
    assert entry["checksum"] == canonical.digest(entry["fields_data"])
    assert entry["total_fields"] == 1
    assert entry["backup_version"] == "2.0.0"
    assert entry["owned"] == {"company": ["display_name", "order"]}


def test_packed_means_the_same_as_plain() -> None:
    plain, packed = an_entry(), backups.packed(an_entry())
    assert "fields_data" not in packed
    assert "owned" not in packed
    left, right = valid(plain), valid(packed)
    assert (left.document, left.ours, left.serial, left.owned) == (
        right.document,
        right.ours,
        right.serial,
        right.owned,
    )
    assert backups.packed(packed) == packed


@pytest.mark.parametrize(
    "entry",
    [foreign(), foreign(serial=5), foreign(owner="theirs"), 7, None, [], {"fields_data_gz": "x"}],
    ids=repr,
)
def test_what_another_writer_left_stays_as_it_is(entry: Any) -> None:
    assert backups.packed(entry) == entry


def test_wrapped_entries_are_read() -> None:
    entry = an_entry()
    assert valid({"data": entry, "meta": {"x": 1}}).serial == 1
    inside = {"data": entry["fields_data"], "meta": {}}
    assert valid({"fields_data": inside, "backup_timestamp": "x"}).document.wrapped


def test_an_entry_without_a_checksum_is_valid_and_with_a_wrong_one_is_not() -> None:
    entry = an_entry()
    del entry["checksum"]
    assert valid(entry)
    for wrong in ("sha256:0", None, 7, ""):
        found = parse({**entry, "checksum": wrong})
        assert isinstance(found, Damaged)
        assert "checksum" in found.reason
    packed = backups.packed(an_entry())
    assert isinstance(parse({**packed, "checksum": "sha256:0"}), Damaged)


def test_a_changed_value_is_noticed_by_its_checksum() -> None:
    entry = json.loads(json.dumps(an_entry()))
    entry["fields_data"]["fields"][0]["display_name"] = "tampered"
    assert isinstance(parse(entry), Damaged)


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({}, True),
        ({"owner": None}, True),
        ({"serial": True}, False),
        ({"serial": "1"}, False),
        ({"serial": None}, False),
    ],
)
def test_ours_are_those_with_a_serial_and_an_owner(changes: dict[str, Any], ours: bool) -> None:
    assert valid({**an_entry(), **changes}).ours is ours


DAMAGES = st.sampled_from(
    [
        *("fields_data", "backup_timestamp", "serial", "checksum", "owned", "owner", "reason"),
        *("fields_data_gz", "owned_gz", "backup_version", "total_fields", "commit"),
    ]
)


@given(st.dictionaries(DAMAGES, JSON), st.sets(DAMAGES), st.booleans())
def test_no_damage_of_an_entry_raises(
    changes: dict[str, Any], removed: set[str], packed: bool
) -> None:
    entry = backups.packed(an_entry()) if packed else an_entry()
    broken = {k: v for k, v in {**entry, **changes}.items() if k not in removed}
    found = parse(broken)
    assert isinstance(found, Backup | Damaged)
    history = decode_history(present(broken), present([broken, an_entry(2)]))
    assert next_serial(history.entries, 0) > max(e.serial for e in history.valid if e.ours)
    assert next_timestamp(NOW, history.entries)
    assert history.newest is not None


@given(JSON)
def test_no_json_raises(value: Any) -> None:
    parse(value)
    decode_history(present(value), present(value))
    decode_history(present(value), present([value, an_entry()]))


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_no_bytes_raise(backup: bytes, history: bytes) -> None:
    decode_history(present(backup), present(history))
    hold.decode(present(backup), NOW)


# --------------------------------------------------------------------------- the history


def test_no_keys_are_an_empty_history() -> None:
    history = decode_history(Absent(), Absent())
    assert (history.entries, history.newest, history.complete) == ((), None, False)


def test_entry_0_is_the_backup() -> None:
    newest, older = an_entry(2), an_entry(1)
    history = decode_history(present(newest), present([newest, older]))
    assert [entry.serial for entry in history.valid] == [2, 1]
    assert history.complete
    assert history.problems == ()


def test_a_backup_that_is_packed_in_the_history_is_the_same_entry() -> None:
    newest = an_entry(2)
    history = decode_history(present(newest), present([backups.packed(newest)]))
    assert len(history.entries) == 1
    assert history.complete


def test_a_backup_that_the_history_lacks_goes_on_top() -> None:
    history = decode_history(present(an_entry(3)), present([an_entry(2)]))
    assert [entry.serial for entry in history.valid] == [3, 2]
    assert not history.complete


@pytest.mark.parametrize("content", [b"{", b"[" * 5000, b"\xff", b"7", b'"x"', b'{"a": 1}', b""])
def test_a_damaged_key_leaves_the_other(content: bytes) -> None:
    entry = an_entry()
    broken_history = decode_history(present(entry), present(content))
    assert [e.serial for e in broken_history.valid] == [1]
    assert {problem.suffix for problem in broken_history.problems} == {HISTORY}
    broken_backup = decode_history(present(content), present([entry]))
    assert [e.serial for e in broken_backup.valid] == [1]
    assert {problem.suffix for problem in broken_backup.problems} == {BACKUP}
    assert not broken_backup.complete


def test_a_damaged_entry_keeps_its_place_and_is_named() -> None:
    newest = an_entry(3)
    history = decode_history(present(newest), present([newest, {"x": 1}, an_entry(1)]))
    assert [type(entry) for entry in history.entries] == [Backup, Damaged, Backup]
    assert [str(problem) for problem in history.problems] == [".backup.history[1]: holds no fields"]


def test_a_wrapped_history_is_read() -> None:
    entry = an_entry()
    history = decode_history(present(entry), present({"data": [entry], "meta": {}}))
    assert history.complete


def test_the_newest_of_ours_is_told_by_serial_and_never_by_clock_or_place() -> None:
    old = an_entry(1, backup_timestamp="2099-01-01T00:00:00.000Z")
    new = an_entry(9, backup_timestamp="2001-01-01T00:00:00.000Z")
    history = decode_history(present(old), present([old, new, an_entry(5)]))
    assert history.newest_of_ours is not None
    assert history.newest_of_ours.serial == 9


def test_our_own_come_before_those_of_others() -> None:
    history = decode_history(present(foreign()), present([foreign(), an_entry(1)]))
    assert history.newest is not None
    assert history.newest.ours
    only = decode_history(present(foreign()), Absent())
    assert only.newest is not None
    assert not only.newest.ours
    assert only.newest_of_ours is None


def test_what_git_once_set_is_known_from_any_backup_of_ours() -> None:
    history = decode_history(present(an_entry(2)), present([an_entry(2), an_entry(1)]))
    assert history.was_set_by_git("company", "order", 1)
    assert history.was_set_by_git("company", "order", 2)
    assert not history.was_set_by_git("company", "order", 3)
    assert not history.was_set_by_git("company", "placeholder", "")
    assert not history.was_set_by_git("site", "order", 1)
    others = decode_history(present(foreign(owned={"company": ["order"]})), Absent())
    assert not others.was_set_by_git("company", "order", 77)


# --------------------------------------------------------------------------- what comes next

STAMPS = st.integers(0, 10**12).map(
    lambda passed: rfc3339(datetime(2000, 1, 1, tzinfo=UTC) + timedelta(milliseconds=31 * passed))
)


@given(st.lists(STAMPS, max_size=4), STAMPS)
def test_the_next_timestamp_is_later_than_every_one_of_ours(stamps: list[str], now: str) -> None:
    entries = [parse(an_entry(i, backup_timestamp=stamp)) for i, stamp in enumerate(stamps)]
    found = next_timestamp(datetime.fromisoformat(now), entries)
    assert all(found > stamp for stamp in stamps)
    assert found >= now
    assert found.endswith("Z")
    assert len(found) == len("2026-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "yesterday",
        "9999-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59-12:00",
        "2030-01-01",
        "٢٠٢٦",
        None,
        7,
        "Z",
    ],
)
def test_a_timestamp_that_is_none_does_not_stop_the_next(stamp: Any) -> None:
    entries = [parse(an_entry(1, backup_timestamp=stamp)), parse(an_entry(2))]
    found = next_timestamp(NOW, entries)
    assert datetime.fromisoformat(found) >= NOW


def test_a_broken_timestamp_does_not_hide_a_later_one() -> None:
    later = "2030-01-01T00:00:00.000Z"
    entries = [
        parse(an_entry(1, backup_timestamp="unknown")),
        parse(an_entry(2, backup_timestamp=later)),
    ]
    assert next_timestamp(NOW, entries) > later


def test_timestamps_of_others_do_not_count() -> None:
    assert next_timestamp(NOW, [parse(foreign())]) == "2026-03-01T12:00:00.000Z"


@given(st.lists(st.integers(-5, 2**70), max_size=4), st.integers(0, 2**70))
def test_the_next_serial_is_greater_than_every_one(serials: list[int], recorded: int) -> None:
    entries = [parse({**an_entry(1), "serial": serial}) for serial in serials]
    assert next_serial(entries, recorded) > max([recorded, *serials])


# --------------------------------------------------------------------------- record and hold


def a_record(**changes: Any) -> dict[str, Any]:
    made = record.create(
        US, {"company": {"order": 1}}, run="r", serial=4, applied={"commit": US.commit}
    )
    return {**made, **changes}


def test_a_record_is_read_as_it_was_written() -> None:
    found = record.decode(present(a_record()))
    assert isinstance(found, Record)
    assert found.owned == {"company": {"order": 1}}
    assert found.serial == 4
    assert found.applied == {"commit": US.commit}
    assert found.text("owner") == US.owner


@pytest.mark.parametrize("version", [2, 3, 99, 2.5, "2", True])
def test_a_record_of_an_unknown_version_is_read_and_says_who_wrote_it(version: Any) -> None:
    found = record.decode(present(a_record(schema_version=version, tool_version="9.0.0")))
    assert isinstance(found, UnknownRecord)
    assert f"version {version}, we know 1" in str(found)
    assert "9.0.0" in found.hint


@pytest.mark.parametrize(
    "value",
    [
        *(b"{", b"\xff", b"null", b"[]", b"7", b"{}", b"[" * 9999),
        a_record(serial=None),
        a_record(serial="4"),
        a_record(owned=None),
        a_record(owned=[]),
        a_record(owned={"company": 7}),
        a_record(schema_version=None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_damaged_record_is_none_and_says_why(value: Any) -> None:
    found = record.decode(present(value))
    assert isinstance(found, DamagedRecord)
    assert found.reason


@pytest.mark.parametrize("live", [Absent(), present(b""), present(b" \n")])
def test_nothing_is_no_record(live: Live) -> None:
    assert record.decode(live) == NoRecord()


@given(st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_record_raises_anything_but_refused(content: bytes) -> None:
    assert isinstance(record.decode(present(content)), Record | NoRecord)


@pytest.mark.parametrize(
    ("writer", "owned", "same"),
    [
        (US, {"company": {"order": 1}}, True),
        (Writer(commit="b" * 40, owner=US.owner), {"company": {"order": 1}}, False),
        (Writer(commit=US.commit, owner="other"), {"company": {"order": 1}}, False),
        (
            Writer(commit=US.commit, owner=US.owner, dirty=True),
            {"company": {"order": 1}},
            False,
        ),
        (US, {"company": {"order": 2}}, False),
        (US, {}, False),
        (
            Writer(commit=US.commit, owner=US.owner, actor="bob"),
            {"company": {"order": 1}},
            True,
        ),
    ],
)
def test_who_writes_is_no_reason_to_write(writer: Writer, owned: Any, same: bool) -> None:
    found = record.decode(present(a_record()))
    assert isinstance(found, Record)
    assert record.is_up_to_date(found, writer, owned) is same


def held(value: Any) -> hold.Hold | None:
    return hold.decode(present(value), NOW)


def test_a_hold_holds_until_its_time() -> None:
    until = (NOW + timedelta(minutes=1)).isoformat()
    assert held({"until": until, "reason": "move", "actor": "bob"}) == hold.Hold(
        until, "move", "bob"
    )
    assert held({"until": NOW.isoformat()}) is None
    assert held({"until": (NOW - timedelta(minutes=1)).isoformat()}) is None
    assert hold.decode(Absent(), NOW) is None


@pytest.mark.parametrize(
    "value",
    [b"", b"{", b"7", b"[]", {}, {"until": None}, {"until": "soon"}, {"until": "2020-01-01T00:00"}],
    ids=str,
)
def test_a_hold_that_cannot_be_read_holds(value: Any) -> None:
    assert held(value) is not None


def test_packed_backups_are_bounded_together() -> None:
    """Each within its bound; ten of them would fill the memory."""
    data = a_document(a_field("company", description="x" * 30_000_000))
    entry = {"fields_data_gz": canonical.pack(data), "backup_timestamp": "2031-01-01T00:00:00Z"}
    history = decode_history(Absent(), present([entry] * 5))
    assert [isinstance(each, Backup) for each in history.entries] == [True, True] + [False] * 3
    assert all("together" in str(problem) for problem in history.problems[:1])
    assert len(history.problems) == 3

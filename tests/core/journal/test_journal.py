"""What is written, in which order and form, and what each write expects to find."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from fieldkeep.core.common import canonical
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.document import document
from fieldkeep.core.document.document import Document
from fieldkeep.core.journal import journal
from fieldkeep.core.journal.journal import Form, Journal, Run, Scope
from fieldkeep.core.journal.sizes import too_large, transaction_bytes
from fieldkeep.core.stored import state
from fieldkeep.core.stored.set_aside import decode, encode
from fieldkeep.errors import Refused
from fieldkeep.model import Check, Limits, Operation, Present, Put
from tests.core.build import (
    BULK,
    KEYS,
    NOW,
    US,
    StaleWrite,
    World,
    a_document,
    a_field,
    evaluated,
    present,
    read,
    snapshot,
    unread,
)
from tests.core.stored.test_backups import an_entry, foreign

OURS = (KEYS.document, KEYS.backup, KEYS.history, KEYS.record)


def synced(**attributes: Any) -> World:
    world = World({"company": {"display_name": "A", **attributes}}, (read("m", "company"),))
    world.sync()
    return world


def puts(found: Journal) -> dict[str, Put]:
    return {op.key: op for step in found.steps for op in step if isinstance(op, Put)}


def checks(found: Journal) -> dict[str, int]:
    return {op.key: op.expect for op in found.steps[-1] if isinstance(op, Check)}


# --------------------------------------------------------------------------- how much


def test_nothing_changed_is_nothing_written() -> None:
    world = synced()
    before = dict(world.store.values)
    _, found = world.sync()
    assert (found.scope, found.steps, found.entries) == (Scope.NOTHING, (), ())
    assert world.store.values == before


def test_the_clock_alone_writes_nothing() -> None:
    world = synced()
    value = world.document()
    value |= {"last_updated": "2020-01-01T00:00:00Z", "source": "app", "total_fields": 77}
    world.store.put(KEYS.document, {"data": value, "meta": {}})
    assert world.sync()[1].scope is Scope.NOTHING


def test_the_first_sync_writes_all_four_keys() -> None:
    world = World({"company": {"display_name": "A"}})
    _, found = world.sync()
    assert found.scope is Scope.ALL
    assert set(puts(found)) == set(OURS)
    assert all(put.expect == 0 for put in puts(found).values())
    assert checks(found) == {KEYS.hold: 0}
    assert [entry["reason"] for entry in found.entries] == ["sync"]
    assert (found.depth, found.form) == (1, Form.PLAIN)


def test_a_change_writes_all_four_keys_with_the_index_that_was_read() -> None:
    world = synced()
    indexes = {key: live.index for key, live in world.store.values.items()}
    world.files["company"] = {"display_name": "B"}
    _, found = world.sync()
    assert found.scope is Scope.ALL
    assert {key: put.expect for key, put in puts(found).items()} == indexes
    assert world.values_in_backups("company", "display_name") == ["B", "A"]


def test_an_edit_where_git_is_silent_is_captured_and_the_document_only_checked() -> None:
    world = synced()
    world.edit("company", placeholder="typed")
    index = world.store.values[KEYS.document].index
    _, found = world.sync()
    assert found.scope is Scope.CAPTURE
    assert set(puts(found)) == {KEYS.backup, KEYS.history, KEYS.record}
    assert checks(found) == {KEYS.document: index, KEYS.hold: 0}
    assert [entry["reason"] for entry in found.entries] == ["live-edit"]
    assert world.store.values[KEYS.document].index == index


def test_an_edit_that_git_overrules_is_backed_up_first_in_the_same_write() -> None:
    world = synced()
    world.edit("company", display_name="typed")
    _, found = world.sync()
    assert found.scope is Scope.ALL
    assert [entry["reason"] for entry in found.entries] == ["sync", "live-edit"]
    assert found.entries[0]["serial"] == found.entries[1]["serial"] + 1
    assert found.entries[0]["backup_timestamp"] > found.entries[1]["backup_timestamp"]
    assert world.values_in_backups("company", "display_name") == ["A", "typed"]


def test_an_entry_of_an_edit_does_not_say_that_git_owned_what_was_edited() -> None:
    world = synced(order=4)
    world.edit("company", display_name="typed")
    _, found = world.sync()
    assert found.entries[1]["owned"] == {"company": ["order"]}
    assert found.entries[0]["owned"] == {"company": ["display_name", "order"]}


def test_a_new_commit_alone_writes_the_record_alone() -> None:
    world = synced()
    applied = world.store.json(KEYS.record)["applied"]
    world.writer = replace(US, commit="b" * 40)
    _, found = world.sync()
    assert found.scope is Scope.RECORD
    assert set(puts(found)) == {KEYS.record}
    assert set(checks(found)) == {KEYS.document, KEYS.backup, KEYS.history, KEYS.hold}
    after = world.store.json(KEYS.record)
    assert after["commit"] == "b" * 40
    assert after["applied"] == applied


def test_a_line_that_says_what_is_live_changes_ownership_alone() -> None:
    world = synced()
    world.files["company"]["order"] = 999
    _, found = world.sync()
    assert found.scope is Scope.RECORD
    assert world.store.json(KEYS.record)["owned"]["company"]["order"] == 999


def test_a_server_that_goes_writes_document_and_record_and_no_backup() -> None:
    world = synced()
    world.readings = (unread("m"),)
    _, found = world.sync()
    assert found.scope is Scope.STATUS
    assert set(puts(found)) == {KEYS.document, KEYS.record}
    assert set(checks(found)) == {KEYS.backup, KEYS.history, KEYS.hold}
    assert len(world.history()) == 1
    world.readings = (unread("m", "another reason"),)
    assert world.sync()[1].scope is Scope.NOTHING


@pytest.mark.parametrize("key", [KEYS.backup, KEYS.history, KEYS.record])
def test_what_only_our_own_keys_lack_is_information_and_comes_back(key: str) -> None:
    world = synced()
    value = world.store.json(key)
    world.store.delete(key)
    found, written = world.sync()
    assert not found.plan.pending
    assert key in puts(written)
    assert KEYS.document not in puts(written)
    if key != KEYS.record:
        assert world.store.json(key) == value
    assert world.sync()[1].scope is Scope.NOTHING


def test_a_recreation_is_seen_once() -> None:
    """Else the next edit made in the application would pass for one of its defaults."""
    world = synced()
    value = world.document()
    world.store.delete(KEYS.document)
    world.store.put(KEYS.document, value)
    assert world.sync()[1].scope is Scope.RECORD
    world.edit("company", placeholder="typed")
    world.sync()
    assert world.live("company")["placeholder"] == "typed"


# --------------------------------------------------------------------------- what is expected


def test_every_read_key_is_written_or_checked_in_one_transaction() -> None:
    for edit in ({"display_name": "x"}, {"placeholder": "x"}, {}):
        world = synced()
        world.edit("company", **edit)
        world.writer = replace(US, commit="b" * 40)
        _, found = world.sync()
        (step,) = found.steps
        assert sorted(op.key for op in step) == sorted(KEYS.all)


@pytest.mark.parametrize("until", ["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])
def test_a_hold_that_ended_or_is_overridden_must_not_have_moved(until: str) -> None:
    world = synced()
    world.store.put(KEYS.hold, {"until": until, "reason": "x", "actor": "bob"})
    world.files["company"] = {"display_name": "B"}
    _, found = world.sync(hold=True)
    assert checks(found)[KEYS.hold] == world.store.values[KEYS.hold].index


def test_flags_are_carried_through() -> None:
    world = synced()
    for number, key in enumerate(OURS, start=1):
        live = world.store.values[key]
        world.store.values[key] = Present(live.value, live.index, live.created, number)
    world.files["company"] = {"display_name": "B"}
    world.sync()
    assert [world.store.values[key].flags for key in OURS] == [1, 2, 3, 4]


def test_the_record_tells_who_what_and_when() -> None:
    world = synced(category="basic")
    found = world.store.json(KEYS.record)
    assert found["owned"] == {"company": {"category": "basic", "display_name": "A"}}
    assert (found["owner"], found["actor"], found["commit"]) == (US.owner, "ada", US.commit)
    assert found["run"] == "run-1"
    assert found["applied"]["run"] == "run-1"
    assert found["applied"]["commit"] == US.commit
    assert found["applied"]["digest"] == canonical.digest_of(
        world.store.values[KEYS.document].value
    )
    assert found["serial"] == world.store.json(KEYS.backup)["serial"]


def test_every_write_has_a_fresh_run() -> None:
    world = synced()
    world.edit("company", placeholder="x")
    world.sync()
    assert world.store.json(KEYS.record)["run"] == "run-2"


def test_what_is_written_is_canonical_and_what_consumers_accept() -> None:
    world = synced()
    for key in OURS:
        content = world.store.values[key].value
        assert canonical.dumps(json.loads(content)) == content
    state = document.decode(world.store.get(KEYS.document))
    assert isinstance(state, Document)
    assert state.raw["version"] == "2.0.0"
    assert state.raw["source"] == "gitops"
    assert state.raw["total_fields"] == 1


# --------------------------------------------------------------------------- the history


def test_the_history_keeps_the_newest_and_entry_0_is_the_backup() -> None:
    world = synced()
    world.depth = 3
    for name in "BCDEF":
        world.files["company"] = {"display_name": name}
        world.sync()
    assert world.values_in_backups("company", "display_name") == ["F", "E", "D"]
    assert len(world.store.json(KEYS.history)) == 3
    assert world.store.json(KEYS.history)[0] == world.store.json(KEYS.backup)


def test_serials_and_times_only_grow_even_when_the_clock_goes_back() -> None:
    world = synced()
    world.now = NOW.replace(year=2020)
    for name in "BCD":
        world.files["company"] = {"display_name": name}
        world.sync()
    entries = world.history()
    assert [entry["serial"] for entry in entries] == [4, 3, 2, 1]
    stamps = [entry["backup_timestamp"] for entry in entries]
    assert stamps == sorted(stamps, reverse=True)
    assert len(set(stamps)) == 4


def test_what_other_writers_left_stays_as_it_is_and_is_no_reason_to_write_again() -> None:
    world = World({"company": {"display_name": "A"}})
    world.store.put(KEYS.backup, foreign())
    older = {"data": foreign(fields_data=a_document(a_field("site"))), "meta": {"by": "app"}}
    world.store.put(KEYS.history, [foreign(), older])
    world.sync()
    assert world.store.json(KEYS.history)[1:] == [foreign(), older]
    assert world.sync()[1].scope is Scope.NOTHING


def test_a_foreign_backup_that_equals_the_result_is_still_followed_by_one_of_ours() -> None:
    world = synced()
    value = world.document()
    for key in OURS:
        world.store.delete(key)
    world.store.put(KEYS.backup, {"fields_data": value, "backup_timestamp": "2020-01-01T00:00:00Z"})
    world.sync()
    found, written = world.sync()
    assert written.scope is Scope.NOTHING, written.entries
    assert found.stored.history.newest_of_ours is not None


def test_a_damaged_entry_on_top_of_the_history_never_becomes_the_backup() -> None:
    world = synced()
    good = world.store.json(KEYS.backup)
    world.store.put(KEYS.history, [{**good, "checksum": "sha256:0", "serial": 9}, good])
    world.sync()
    assert world.store.json(KEYS.backup)["checksum"] == good["checksum"]
    assert world.sync()[1].scope is Scope.NOTHING


def test_a_capture_of_a_wrapped_and_foreign_document_keeps_its_every_byte_of_meaning() -> None:
    world = World({"company": {"display_name": "A"}})
    value = a_document(a_field("company", icon="box"), {"broken": 1}, theme="dark")
    world.store.put(KEYS.document, {"data": value, "meta": {"by": "app"}})
    world.sync()
    captured = world.history()[1]
    assert captured["fields_data"] == value
    assert captured["reason"] == "live-edit"


# --------------------------------------------------------------------------- damage


@pytest.mark.parametrize("key", OURS)
def test_a_damaged_value_is_set_aside_byte_for_byte_before_it_is_overwritten(key: str) -> None:
    world = synced()
    world.store.put(key, b"\xff damaged")
    index = world.store.values[key].index
    world.files["company"] = {"display_name": "B"}
    _, found = world.sync()
    (kept,) = decode(key, world.store.get(KEYS.aside(key)))
    assert kept.value() == b"\xff damaged"
    assert (kept.key, kept.size, kept.at) == (key, 9, rfc3339(world.now))
    assert found.set_aside == (kept,)
    assert found.steps[0] == (Check(key, index), Put(KEYS.aside(key), encode([kept]), 0))
    assert world.sync()[1].scope is Scope.NOTHING


def test_what_is_already_aside_is_not_set_aside_again() -> None:
    world = synced()
    world.store.put(KEYS.document, b"damaged")
    world.store.put(KEYS.aside(KEYS.document), b"damaged")
    _, found = world.sync()
    assert found.set_aside == ()
    assert len(found.steps) == 1


@pytest.mark.parametrize("key", OURS)
def test_a_crash_after_setting_aside_is_harmless(key: str) -> None:
    world = synced()
    world.store.put(key, b"damaged")
    world.files["company"] = {"display_name": "B"}
    found = world.evaluate()
    run = Run("crashed", world.now, "sync", US)
    world.store.commit(
        journal.write(found.snapshot, found.stored, found.target, run, world.limits).steps[0]
    )
    world.sync()
    assert world.live("company")["display_name"] == "B"
    assert world.sync()[1].scope is Scope.NOTHING


def test_setting_aside_keeps_to_the_stores_limits_or_is_refused_before_the_first_byte() -> None:
    world = synced()
    world.store.put(KEYS.document, b"x" * 60_000)
    world.limits = Limits(64_000, 64_000)
    with suppress(Refused):
        found = world.evaluate()
        run = Run("r", world.now, "sync", US)
        steps = journal.write(found.snapshot, found.stored, found.target, run, world.limits).steps
        assert [too_large(step, world.limits) for step in steps] == [None] * len(steps)


# --------------------------------------------------------------------------- sizes


def large(depth: int = 10) -> World:
    names = [f"field_{i:02d}" for i in range(12)]
    world = World({name: {"display_name": name} for name in names}, (read("m", *names),))
    world.depth = depth
    for description in "abcd":
        for name in names:
            world.files[name] = {"display_name": name, "description": description * 40}
        world.sync(changes=True)
    for name in names:
        world.files[name] = {"display_name": name, "description": "new"}
    return world


def written(world: World, transaction: int, value: int = 1 << 20) -> Journal:
    world.limits = Limits(value, transaction)
    found = world.evaluate()
    run = Run("r", world.now, "sync", US)
    return journal.write(found.snapshot, found.stored, found.target, run, world.limits)


def size_of(found: Journal) -> int:
    return transaction_bytes(found.steps[-1])


def test_the_form_is_the_plainest_that_fits() -> None:
    world = large()
    plain = written(world, 1 << 30)
    assert plain.form is Form.PLAIN
    packed = written(world, size_of(plain) - 1)
    assert packed.form is Form.HISTORY_PACKED
    smallest = written(world, size_of(packed) - 100)  # times pack a few bytes better or worse
    assert smallest.form is Form.ALL_PACKED
    assert size_of(smallest) < size_of(packed) < size_of(plain)
    depths = {len(json.loads(puts(f)[KEYS.history].value)) for f in (plain, packed, smallest)}
    assert depths == {5}
    assert written(world, size_of(smallest) - 1).form is Form.ORDERED


@pytest.mark.parametrize(
    ("form", "backup", "history"),
    [
        (Form.PLAIN, "fields_data", "fields_data"),
        (Form.HISTORY_PACKED, "fields_data", "fields_data_gz"),
        (Form.ALL_PACKED, "fields_data_gz", "fields_data_gz"),
    ],
)
def test_each_form_packs_what_it_says_and_all_entries_stay(
    form: Form, backup: str, history: str
) -> None:
    world = large()
    limit = 1 << 30
    found = written(world, limit)
    while found.form is not form:
        limit = size_of(found) - 1
        found = written(world, limit)
    values = {key: json.loads(put.value) for key, put in puts(found).items()}
    assert backup in values[KEYS.backup]
    assert all(history in entry for entry in values[KEYS.history])
    assert len(values[KEYS.history]) == found.depth == 5
    for step in found.steps:
        world.store.commit(step)
    world.limits = Limits(1 << 20, limit)
    assert world.sync()[1].scope is Scope.NOTHING
    assert world.values_in_backups("field_00", "description")[:2] == ["new", "d" * 40]


def test_a_value_over_the_limit_packs_the_history_too() -> None:
    world = large()
    plain = written(world, 1 << 30)
    limit = len(puts(plain)[KEYS.history].value) - 1
    assert written(world, 1 << 30, limit).form is Form.HISTORY_PACKED


def test_what_fits_no_value_is_refused_with_size_limit_and_setting() -> None:
    world = large()
    with pytest.raises(Refused) as error:
        written(world, 1 << 30, 2000)
    assert KEYS.document in str(error.value)
    assert "2,000" in str(error.value)
    assert "max_value_bytes" in error.value.hint


def body(operations: tuple[Operation, ...]) -> bytes:
    """A transaction as Consul's API takes it."""
    listed = []
    for op in operations:
        kv: dict[str, Any] = {"Key": op.key, "Index": op.expect}
        if isinstance(op, Put):
            kv |= {"Verb": "cas", "Value": base64.b64encode(op.value).decode(), "Flags": op.flags}
        else:
            kv["Verb"] = "check-index" if op.expect else "check-not-exists"
        listed.append({"KV": kv})
    return json.dumps(listed).encode()


@pytest.mark.parametrize("length", [0, 1, 2, 3, 1000, 99_999])
@pytest.mark.parametrize("count", [0, 1, 5, 60])
def test_a_size_told_is_never_less_than_what_is_sent(length: int, count: int) -> None:
    operations = tuple(
        Put(f"key/{i}", b"x" * length, 2**63, 2**63) if i % 2 else Check(f"key/{i}", i)
        for i in range(count)
    )
    sent = len(body(operations))
    assert sent <= transaction_bytes(operations) <= sent + 100 * (count + 1)


def test_limits_are_inclusive() -> None:
    operations = (Put("k", b"x" * 100, 0), Check("l", 3))
    exact = Limits(100, transaction_bytes(operations), 2)
    assert too_large(operations, exact) is None
    assert too_large(operations, replace(exact, value=99)) is not None
    assert too_large(operations, replace(exact, transaction=exact.transaction - 1)) is not None
    assert too_large(operations, replace(exact, operations=1)) is not None


# --------------------------------------------------------------------------- several writes


def in_several_writes() -> World:
    """A change and an edit of what git leaves open, in a store that holds no whole transaction."""
    world = synced(order=1)
    world.edit("company", placeholder="typed", icon=BULK)
    world.files["company"] = {"display_name": "B"}
    world.limits = world.too_small(world.evaluate())
    return world


def test_several_writes_announce_first_and_confirm_last() -> None:
    world = in_several_writes()
    before = world.store.json(KEYS.record)
    _, found = world.sync()
    assert found.form is Form.ORDERED
    written_keys = [[op.key for op in step if isinstance(op, Put)] for step in found.steps]
    assert written_keys == [
        [KEYS.record],
        [KEYS.history],
        [KEYS.backup],
        [KEYS.document],
        [KEYS.record],
    ]
    first = puts(replace(found, steps=found.steps[:1]))[KEYS.record]
    announced = json.loads(first.value)
    pending = announced.pop("pending")
    assert announced == before
    assert pending["commit"] == US.commit
    assert pending["run"] == "run-2"
    assert {op.key for op in found.steps[0]} == set(KEYS.all)
    assert "pending" not in world.store.json(KEYS.record)
    assert world.sync()[1].scope is Scope.NOTHING


def test_no_step_is_written_after_another_apply_announced_itself() -> None:
    world = in_several_writes()
    found = world.evaluate()
    run = Run("overtaken", world.now, "sync", US)
    entries = journal.write(found.snapshot, found.stored, found.target, run, world.limits)
    announcement, *rest = entries.steps
    indexes: dict[str, int] = {}
    world.store.commit(announcement, indexes)
    world.write(world.evaluate(), interrupted_after=1)
    values = dict(world.store.values)
    assert len(rest) == 4
    for step in rest:
        with pytest.raises(StaleWrite, match=KEYS.record):
            world.store.commit(step, indexes)
    assert world.store.values == values


@pytest.mark.parametrize("steps", range(6))
@pytest.mark.parametrize("lost", [None, KEYS.record, KEYS.document, KEYS.backup, KEYS.history])
def test_a_sync_that_was_interrupted_anywhere_is_finished_by_the_next(
    steps: int, lost: str | None
) -> None:
    world = in_several_writes()
    world.write(world.evaluate(), interrupted_after=steps)
    if lost:
        world.store.delete(lost)
    world.sync()
    assert world.live("company")["display_name"] == "B"
    assert world.live("company")["order"] == 999
    if lost != KEYS.document or steps > 1:  # else nothing had written the edit down yet
        assert world.live("company")["placeholder"] == "typed"
    assert "pending" not in world.store.json(KEYS.record)
    serials = [entry["serial"] for entry in world.history()]
    assert serials == sorted(set(serials), reverse=True)
    assert world.sync()[1].scope is Scope.NOTHING


@pytest.mark.parametrize("steps", range(1, 6))
def test_an_edit_after_an_interruption_is_kept_where_git_is_silent(steps: int) -> None:
    world = in_several_writes()
    world.write(world.evaluate(), interrupted_after=steps)
    world.edit("company", placeholder="typed later", display_name="mine")
    world.sync()
    assert world.live("company")["placeholder"] == "typed later"
    assert world.live("company")["display_name"] == "B"
    assert "mine" in world.values_in_backups("company", "display_name")


@pytest.mark.parametrize("steps", range(1, 5))
def test_after_an_interruption_git_may_say_something_else(steps: int) -> None:
    world = in_several_writes()
    world.write(world.evaluate(), interrupted_after=steps)
    world.files["company"] = {"order": 7}
    world.sync()
    assert world.live("company")["order"] == 7
    assert world.live("company")["display_name"] == "Company"
    assert world.sync()[1].scope is Scope.NOTHING


def test_keys_are_read_record_first_and_document_last() -> None:
    assert KEYS.all[0] == KEYS.record
    assert KEYS.all[-1] == KEYS.document


@pytest.mark.parametrize(("serial", "inconsistent"), [(4, False), (5, True)])
def test_a_backup_newer_than_the_record_is_an_inconsistent_read(
    serial: int, inconsistent: bool
) -> None:
    recorded = {"schema_version": 1, "serial": 4, "owned": {}}
    shot = snapshot(record=present(recorded), backup=present(an_entry(serial)))
    assert state.is_inconsistent_read(state.decode(shot)) is inconsistent


def test_an_evaluation_of_the_same_store_has_the_same_digest_at_any_time() -> None:
    world = synced()
    world.files["company"] = {"display_name": "B"}
    shot, _ = world.look()
    first = evaluated(world.desired_state(), shot, now=NOW)
    second = evaluated(world.desired_state(), shot, now=NOW.replace(year=2030))
    assert first.plan.digest == second.plan.digest
    world.files["company"] = {"display_name": "C"}
    assert evaluated(world.desired_state(), shot).plan.digest != first.plan.digest


def test_a_record_that_is_written_alone_keeps_the_serial_of_the_newest_backup() -> None:
    made = World({"company": {"display_name": "A"}}, (read("m", "company"),))
    made.sync()
    made.writer = replace(made.writer, commit="c" * 40)
    assert made.sync()[1].scope is Scope.RECORD
    assert made.store.json(KEYS.record)["serial"] == made.history()[0]["serial"]

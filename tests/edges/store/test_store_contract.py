"""What every store promises, asked of a SQLite file and of a real Consul."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkeep.core.journal.sizes import transaction_bytes
from fieldkeep.core.stored.keys import keys
from fieldkeep.edges.store.kv import Seen, Store
from fieldkeep.errors import Refused
from fieldkeep.model import (
    Absent,
    Applied,
    Check,
    Conflict,
    Delete,
    Limits,
    Live,
    Operation,
    Present,
    Put,
)
from tests.edges.store.rigs import ConsulRig, Rig, SQLiteRig, applied, index, present


@pytest.fixture(params=["sqlite", "consul"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, key: str) -> Rig:
    if request.param == "sqlite":
        return SQLiteRig(tmp_path, key)
    return ConsulRig(
        request.getfixturevalue("gate"), request.getfixturevalue("consul_agent"), key, tmp_path
    )


# --------------------------------------------------------------------------- reading


def test_a_key_that_is_not_there_is_absent(rig: Rig) -> None:
    store = rig.store()
    assert store.get(rig.key) == Absent()
    applied(store, Put(rig.key + ".backup", b"1", 0), Put(rig.key + "s", b"2", 0))
    assert store.get(rig.key) == Absent()  # its neighbours are not it


VALUES = [
    b"",
    b"0",
    b"null",
    b"\x00",
    bytes(range(256)),
    b"\r\n\xff\xfe",
    '{"name":"código"}'.encode(),
    b"\0" * 5000,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value[:12]))
def test_a_value_comes_back_byte_for_byte(rig: Rig, value: bytes) -> None:
    store = rig.store()
    applied(store, Put(rig.key, value, 0))
    assert present(store.get(rig.key)).value == value
    assert rig.plain.get(rig.key) == value


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value[:12]))
def test_another_writers_value_is_read_byte_for_byte(rig: Rig, value: bytes) -> None:
    store = rig.store()
    applied(store, Put(rig.key + ".sync", b"there is a store", 0))
    rig.plain.put(rig.key, value, flags=9)
    live = present(store.get(rig.key))
    assert (live.value, live.flags) == (value, 9)


def test_flags_are_carried(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"1", 0, flags=42))
    live = present(store.get(rig.key))
    assert live.flags == 42
    applied(store, Put(rig.key, b"2", live.index, flags=live.flags))
    assert present(store.get(rig.key)).flags == 42


# --------------------------------------------------------------------------- check-and-set


def test_index_0_creates_and_never_overwrites(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"first", 0))
    assert store.commit([Put(rig.key, b"second", 0)]) == Conflict((rig.key,))
    assert rig.plain.get(rig.key) == b"first"


def test_a_write_with_the_index_that_was_read_wins(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"1", 0))
    before = present(store.get(rig.key))
    indexes = applied(store, Put(rig.key, b"2", before.index))
    after = present(store.get(rig.key))
    assert after.value == b"2"
    assert after.index > before.index
    assert after.created == before.created
    assert indexes == {rig.key: after.index}


def test_a_write_with_an_index_that_has_moved_loses(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"1", 0))
    stale = index(store, rig.key)
    rig.plain.put(rig.key, b"an application's")
    moved = store.get(rig.key)
    assert store.commit([Put(rig.key, b"2", stale)]) == Conflict((rig.key,))
    assert store.get(rig.key) == moved
    assert present(moved).value == b"an application's"


def test_a_write_over_a_key_that_was_deleted_meanwhile_loses(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"1", 0))
    stale = index(store, rig.key)
    rig.plain.delete(rig.key)
    assert store.commit([Put(rig.key, b"2", stale)]) == Conflict((rig.key,))
    assert store.get(rig.key) == Absent()


def test_a_check_holds_or_loses_like_a_write(rig: Rig) -> None:
    store, checked = rig.store(), rig.key + ".hold"
    applied(store, Check(checked, 0), Put(rig.key, b"1", 0))  # absent, as expected
    applied(store, Put(checked, b"on", 0))
    held = index(store, checked)

    absent: list[Operation] = [Check(checked, 0), Put(rig.key, b"2", index(store, rig.key))]
    assert store.commit(absent) == Conflict((checked,))
    wrong: list[Operation] = [Check(checked, held + 1), Put(rig.key, b"2", index(store, rig.key))]
    assert store.commit(wrong) == Conflict((checked,))
    assert rig.plain.get(rig.key) == b"1"

    applied(store, Check(checked, held), Put(rig.key, b"2", index(store, rig.key)))
    assert index(store, checked) == held  # checking moves nothing
    assert rig.plain.get(rig.key) == b"2"

    rig.plain.delete(checked)
    gone: list[Operation] = [Check(checked, held), Put(rig.key, b"3", index(store, rig.key))]
    assert store.commit(gone) == Conflict((checked,))
    assert rig.plain.get(rig.key) == b"2"


def test_a_delete_removes_the_key_that_was_read_and_no_other(rig: Rig) -> None:
    store, hold = rig.store(), rig.key + ".hold"
    below = f"{hold}/below"
    indexes = applied(store, *(Put(name, b"1", 0) for name in (rig.key, hold, below)))
    assert store.commit([Delete(hold, indexes[hold])]) == Applied({})
    assert store.get(hold) == Absent()
    assert rig.plain.keys(rig.key) == [rig.key, below]
    assert rig.plain.get(rig.key) == rig.plain.get(below) == b"1"


def test_a_delete_with_an_index_that_has_moved_loses(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"1", 0))
    stale = index(store, rig.key)
    rig.plain.put(rig.key, b"an application's")
    assert store.commit([Delete(rig.key, stale)]) == Conflict((rig.key,))
    assert rig.plain.get(rig.key) == b"an application's"


def test_a_delete_of_a_key_that_is_gone_loses(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"1", 0), Put(rig.key + ".sync", b"1", 0))
    stale = index(store, rig.key)
    rig.plain.delete(rig.key)
    for expect in (stale, 0):
        assert store.commit([Delete(rig.key, expect)]) == Conflict((rig.key,))
    applied(store, Put(rig.key, b"2", 0))
    for expect in (stale, 0):
        assert store.commit([Delete(rig.key, expect)]) == Conflict((rig.key,))
    assert rig.plain.get(rig.key) == b"2"


def test_a_delete_and_its_neighbours_are_one_transaction(rig: Rig) -> None:
    store, hold = rig.store(), rig.key + ".hold"
    indexes = applied(store, Put(rig.key, b"1", 0), Put(hold, b"on", 0))
    lost: list[Operation] = [
        Delete(hold, indexes[hold]),
        Put(rig.key, b"2", indexes[rig.key] + 1),
    ]
    assert store.commit(lost) == Conflict((rig.key,))
    assert rig.plain.get(hold) == b"on"
    won = applied(store, Delete(hold, indexes[hold]), Put(rig.key, b"2", indexes[rig.key]))
    assert won == {rig.key: index(store, rig.key)}
    assert store.get(hold) == Absent()


def test_many_keys_are_written_or_none(rig: Rig) -> None:
    store = rig.store()
    names = [f"{rig.key}{end}" for end in ("", ".backup", ".backup.history", ".sync")]
    indexes = applied(store, *(Put(name, b"1", 0) for name in names))
    assert indexes == {name: index(store, name) for name in names}
    rig.plain.put(names[2], b"moved")
    before = {name: store.get(name) for name in names}
    writes = [Put(name, b"2", indexes[name]) for name in names]
    assert store.commit(writes) == Conflict((names[2],))
    assert {name: store.get(name) for name in names} == before


def test_every_key_that_lost_is_named(rig: Rig) -> None:
    store = rig.store()
    names = [f"{rig.key}/{number}" for number in range(12)]
    indexes = applied(store, *(Put(name, b"1", 0) for name in names))
    for name in (names[1], names[11]):
        rig.plain.put(name, b"moved")
    outcome = store.commit([Put(name, b"2", indexes[name]) for name in names])
    assert isinstance(outcome, Conflict)
    assert sorted(outcome.keys) == sorted((names[1], names[11]))


# --------------------------------------------------------------------------- indexes


def test_identical_bytes_do_not_move_an_index(rig: Rig) -> None:
    store, other = rig.store(), rig.key + ".sync"
    applied(store, Put(rig.key, b"same", 0, flags=3), Put(other, b"run 1", 0))
    before = present(store.get(rig.key))
    indexes = applied(
        store,
        Put(rig.key, b"same", before.index, flags=3),
        Put(other, b"run 2", index(store, other)),
    )
    assert store.get(rig.key) == before
    assert indexes == {rig.key: before.index, other: index(store, other)}
    assert indexes[other] > before.index


def test_an_index_never_comes_back_after_delete_and_recreate(rig: Rig) -> None:
    store = rig.store()
    seen = []
    for _ in range(4):
        applied(store, Put(rig.key, b"the very same bytes", 0))
        live = present(store.get(rig.key))
        assert live.created == live.index
        seen.append(live.index)
        rig.plain.delete(rig.key)
        assert store.commit([Put(rig.key, b"x", live.index)]) == Conflict((rig.key,))
    assert seen == sorted(set(seen))


def test_a_recreated_key_is_newer_than_all_written_before(rig: Rig) -> None:
    store, record = rig.store(), rig.key + ".sync"
    applied(store, Put(rig.key, b"1", 0), Put(record, b"1", 0))
    rig.plain.delete(rig.key)
    rig.plain.put(rig.key, b"1")
    assert present(store.get(rig.key)).created > index(store, record)


# --------------------------------------------------------------------------- sizes


def _refused(store_of: Rig, limits: Limits, *operations: Operation) -> Refused:
    store = store_of.store(limits)
    with pytest.raises(Refused) as caught:
        store.commit(operations)
    assert store_of.untouched()
    assert caught.value.exit_code == 3
    assert "max_" in caught.value.hint
    return caught.value


def test_a_value_that_is_too_large_is_never_sent(rig: Rig) -> None:
    error = _refused(rig, Limits(value=1000), Put(rig.key, b"x" * 1001, 0))
    assert rig.key in str(error)
    assert "1,001" in str(error)
    assert "1,000" in str(error)


def test_a_transaction_that_is_too_large_is_never_sent(rig: Rig) -> None:
    operations = [Put(f"{rig.key}/{n}", b"x" * 900, 0) for n in range(4)]
    size = transaction_bytes(operations)
    error = _refused(rig, Limits(value=1000, transaction=size - 1), *operations)
    assert f"{size:,}" in str(error)
    assert f"{size - 1:,}" in str(error)
    applied(rig.store(Limits(value=1000, transaction=size)), *operations)


def test_too_many_operations_are_never_sent(rig: Rig) -> None:
    operations = [Put(f"{rig.key}/{n}", b"x", 0) for n in range(65)]
    error = _refused(rig, Limits(), *operations)
    assert "65" in str(error)
    assert "64" in str(error)


def test_as_many_operations_as_fit_do_fit(rig: Rig) -> None:
    store = rig.store()
    puts = [Put(f"{rig.key}/{n}", b"x", 0) for n in range(32)]
    checks = [Check(f"{rig.key}/absent/{n}", 0) for n in range(32)]
    assert len(applied(store, *checks, *puts)) == 32


def test_the_largest_value_that_fits_does_fit(rig: Rig) -> None:
    store, limits = rig.store(), Limits()
    around = transaction_bytes([Put(rig.key, b"", 0)])
    most = (limits.transaction - around) // 4 * 3
    applied(store, Put(rig.key, b"\xff" * most, 0))
    assert present(store.get(rig.key)).value == b"\xff" * most
    with pytest.raises(Refused):
        store.commit([Check(rig.key, index(store, rig.key)), Put(rig.key, b"x" * (most + 1), 0)])


def test_a_value_alone_may_be_larger_than_a_transaction(rig: Rig) -> None:
    store, most = rig.store(), Limits().value
    applied(store, Put(rig.key, b"\xff" * most, 0))
    before = index(store, rig.key)
    assert present(store.get(rig.key)).value == b"\xff" * most
    assert store.commit([Put(rig.key, b"\xfe" * most, before + 999)]) == Conflict((rig.key,))
    assert applied(store, Put(rig.key, b"\xfe" * most, before))[rig.key] > before
    with pytest.raises(Refused):
        store.commit([Put(rig.key, b"x" * (most + 1), index(store, rig.key))])
    assert present(store.get(rig.key)).value == b"\xfe" * most


# --------------------------------------------------------------------------- keys


@pytest.mark.parametrize("name", [",", "-_.,", ".hidden", "a,b.c-d_e/F", "0", ".x/.y", "x" * 180])
def test_odd_keys_land_where_they_say(rig: Rig, name: str) -> None:
    full = keys(f"{rig.key}/{name}").document
    store = rig.store()
    applied(store, Put(full, b"here", 0))
    assert present(store.get(full)).value == b"here"
    assert rig.plain.keys(rig.key) == [full]


def test_asking_for_write_rights_writes_nothing(rig: Rig) -> None:
    store = rig.store()
    assert store.denied([rig.key, f"{rig.key}.sync"]) == ()
    assert rig.plain.keys(rig.key) == [] if isinstance(rig, ConsulRig) else rig.untouched()
    applied(store, Put(rig.key, b"1", 0))
    before = store.get(rig.key)
    assert store.denied([rig.key, f"{rig.key}.sync"]) == ()
    assert store.get(rig.key) == before
    assert rig.plain.keys(rig.key) == [rig.key]


# --------------------------------------------------------------------------- two at once

INCREMENT = """
import os, sys
from pathlib import Path
from fieldkeep.edges.store import stores
from fieldkeep.model import Absent, Applied, Limits, Put

url, root, key, times = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
store = stores.connect(url, root, {}, Limits())
print("ready", flush=True)
sys.stdin.readline()
lost = 0
for _ in range(times):
    while True:
        live = store.get(key)
        count, index = (0, 0) if isinstance(live, Absent) else (int(live.value), live.index)
        outcome = store.commit([Put(key, str(count + 1).encode(), index)])
        if isinstance(outcome, Applied):
            break
        lost += 1
        if lost > 10_000:
            sys.exit("never won")
"""


@pytest.mark.parametrize("there", ["new", "old"])
def test_no_update_is_lost_between_two_processes(rig: Rig, there: str) -> None:
    """From a store that is there, and from none: then both want to create it."""
    times = 20
    if there == "old":
        applied(rig.store(), Put(rig.key, b"0", 0))
    command = [sys.executable, "-c", INCREMENT, rig.url, str(rig.root), rig.key, str(times)]
    writers = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
        said = [writer.communicate(timeout=60)[1].decode() for writer in writers]
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert said == ["", "", ""]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert rig.plain.get(rig.key) == str(3 * times).encode()


# --------------------------------------------------------------------------- waiting


LONG = 30.0  # the wait of a test that expects a change; far more than it takes
BRIEF = 0.3  # and of one that expects none


def waited(store: Store, key: str, after: Seen, expected: Live) -> Seen:
    """Wait until the key is as expected, however often a wait returns before that."""
    for _ in range(10):
        after = store.wait(key, after, LONG)
        if after.live == expected:
            return after
    raise AssertionError(f"never seen: {expected}")


def settled(store: Store, key: str) -> Seen:
    """What a watcher knows that has looked, and would wait now."""
    seen = store.wait(key, None, LONG)
    assert seen.live == store.get(key)
    return seen


def later(act: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(0.2, act)
    timer.start()
    return timer


@pytest.mark.parametrize("value", [None, b"before"], ids=["absent", "present"])
def test_a_wait_ends_with_a_write(rig: Rig, value: bytes | None) -> None:
    store = rig.store()
    applied(store, Put(rig.key + ".sync", b"there is a store", 0))
    if value is not None:
        rig.plain.put(rig.key, value)
    seen = settled(store, rig.key)
    timer = later(lambda: rig.plain.put(rig.key, b"after"))
    for _ in range(10):
        seen = store.wait(rig.key, seen, LONG)
        if isinstance(seen.live, Present) and seen.live.value == b"after":
            break
    timer.join()
    assert present(seen.live).value == b"after"
    assert seen.live == store.get(rig.key)


def test_a_wait_ends_with_a_delete(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"before", 0))
    seen = settled(store, rig.key)
    timer = later(lambda: rig.plain.delete(rig.key))
    waited(store, rig.key, seen, Absent())
    timer.join()


def test_a_change_between_two_waits_is_seen_at_once(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"before", 0))
    seen = settled(store, rig.key)
    rig.plain.put(rig.key, b"after")
    waited(store, rig.key, seen, store.get(rig.key))


def test_a_wait_without_a_change_says_so_and_the_next_change_is_seen(rig: Rig) -> None:
    store = rig.store()
    applied(store, Put(rig.key, b"before", 0))
    seen = settled(store, rig.key)
    for _ in range(3):
        before, seen = seen, store.wait(rig.key, seen, BRIEF)
        assert seen.live == before.live
    rig.plain.put(rig.key, b"after")
    waited(store, rig.key, seen, store.get(rig.key))

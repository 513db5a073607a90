"""Every guard at its threshold and one beyond it; each flag allows exactly its own guard."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.core.plan.guards import Allowed, Ancestry
from fieldkeep.core.plan.thresholds import Thresholds
from fieldkeep.model import Writer
from tests.core.build import (
    KEYS,
    NOW,
    US,
    World,
    a_document,
    a_field,
    a_file,
    desired_state,
    evaluated,
    present,
    read,
    snapshot,
    unread,
)


def refused(world: World) -> list[str]:
    return [refusal.guard for refusal in world.evaluate().plan.refusals]


def message(world: World, guard: str) -> str:
    return next(r.message for r in world.evaluate().plan.refusals if r.guard == guard)


def many(count: int) -> World:
    world = World({f"f{i:02d}": {"display_name": "A"} for i in range(count)}, (read("m", "zone"),))
    world.sync()
    return world


def drop(world: World, count: int) -> World:
    for name in sorted(world.files)[:count]:
        del world.files[name]
    return world


# --------------------------------------------------------------------------- deletes


@pytest.mark.parametrize(
    ("total", "going", "stopped"),
    [
        # `zone` has no file: it is one more field of the document
        (29, 5, False),  # 5 of 30: neither more than 5 nor more than 30 %
        (29, 6, True),  # more than 5
        (9, 3, False),  # 3 of 10: exactly 30 %
        (8, 3, True),  # 3 of 9: more than 30 % and more than 2
        (5, 2, False),  # 2 of 6: more than 30 %, but not more than 2
        (3, 2, False),  # 2 of 4
        (9, 4, True),
    ],
)
def test_deletes(total: int, going: int, stopped: bool) -> None:
    world = drop(many(total), going)
    assert refused(world) == (["deletes"] if stopped else [])
    if stopped:
        assert f"{going} of {total + 1} fields" in message(world, "deletes")


def test_a_file_that_left_counts_as_a_delete_while_its_label_is_there() -> None:
    world = World(
        {f"f{i}": {"order": i} for i in range(8)}, (read("m", *(f"f{i}" for i in range(8))),)
    )
    world.sync()
    assert refused(drop(world, 3)) == ["deletes"]
    world.sync(deletes=True)
    assert refused(world) == []


def test_a_file_that_said_nothing_is_no_delete_while_its_label_is_there() -> None:
    names = [f"f{i}" for i in range(8)]
    world = World({name: {} for name in names}, (read("m", *names),))
    world.sync()
    assert refused(drop(world, 3)) == []


def test_deleting_the_only_field_with_a_label_left_is_no_delete_of_all() -> None:
    world = drop(many(1), 1)
    assert refused(world) == ["empty"]


def test_pruned_orphans_are_deletes() -> None:
    world = World({}, (read("m", *(f"f{i}" for i in range(9))),))
    world.sync()
    world.readings = (read("m", "f0"),)
    world.prune = True
    assert refused(world) == ["deletes"]


@pytest.mark.parametrize(
    ("thresholds", "going", "told"),
    [
        (Thresholds(), 5, ""),
        (Thresholds(), 6, "more than most_deletes = 5"),
        (Thresholds(most_deletes=0), 1, "more than most_deletes = 0"),
        (Thresholds(most_deletes=6), 6, ""),
        (Thresholds(delete_percent=10), 3, ""),
        (Thresholds(delete_percent=10), 4, "more than delete_percent = 10"),
        (Thresholds(delete_percent=0), 2, ""),
        (Thresholds(delete_percent=0), 3, "more than delete_percent = 0"),
        (Thresholds(100, 100), 29, ""),
        (Thresholds(100, 100), 30, "which is all of them"),
    ],
)
def test_the_bounds_of_deletes(thresholds: Thresholds, going: int, told: str) -> None:
    assert thresholds.many_deletes(going, 30) == told


def test_a_request_brings_its_bounds_and_the_message_names_them() -> None:
    world = drop(many(29), 1)
    shot, _ = world.look()
    request = PlanOptions(US, thresholds=Thresholds(most_deletes=0, change_percent=0))
    found = evaluated(world.desired_state(), shot, request)
    assert [r.guard for r in found.plan.refusals] == ["deletes"]
    assert found.plan.refusals[0].message.endswith("(f00), more than most_deletes = 0")


# --------------------------------------------------------------------------- changes


@pytest.mark.parametrize(
    ("percent", "changed", "compared", "told"),
    [
        (50, 5, 10, False),
        (50, 6, 10, True),
        (0, 0, 10, False),
        (0, 1, 10, True),
        (0, 9, 9, False),
        (100, 10, 10, False),
    ],
)
def test_the_bound_of_changes(percent: int, changed: int, compared: int, told: bool) -> None:
    found = Thresholds(change_percent=percent).many_changes(changed, compared)
    assert found == (f"more than change_percent = {percent}" if told else "")


def labelled(count: int) -> World:
    names = [f"f{i:02d}" for i in range(count)]
    world = World({name: {"display_name": "A"} for name in names}, (read("m", *names),))
    world.sync()
    return world


@pytest.mark.parametrize(
    ("total", "changed", "stopped"),
    [(10, 5, False), (10, 6, True), (9, 9, False), (11, 5, False), (11, 6, True)],
)
def test_changes(total: int, changed: int, stopped: bool) -> None:
    world = labelled(total)
    for name in sorted(world.files)[:changed]:
        world.files[name] = {"display_name": "B"}
    assert refused(world) == (["changes"] if stopped else [])
    if stopped:
        assert f"{changed} of {total} fields" in message(world, "changes")


def test_putting_back_what_git_had_set_is_no_change() -> None:
    world = labelled(12)
    for name in world.files:
        world.edit(name, display_name="spoilt")
    assert refused(world) == []


def test_putting_back_what_a_backup_had_is_no_change() -> None:
    world = labelled(12)
    for name in world.files:
        world.edit(name, placeholder="typed")
    world.sync()
    world.store.delete(KEYS.document)
    world.store.put(KEYS.document, a_document(*map(a_field, world.files)))
    assert refused(world) == []
    world.sync()
    assert world.live("f00")["placeholder"] == "typed"


def test_structure_creations_and_captures_are_no_changes() -> None:
    world = labelled(12)
    world.readings = (read("n", *world.files),)
    for name in world.files:
        world.edit(name, placeholder="typed", source_label="other")
    world.files.update({f"g{i:02d}": {"display_name": "New"} for i in range(20)})
    assert refused(world) == []


def test_the_first_write_has_nothing_to_compare_with() -> None:
    world = World({f"f{i:02d}": {"display_name": "A"} for i in range(30)})
    assert refused(world) == []


def test_a_document_that_git_never_knew_is_compared_with_live() -> None:
    world = World({f"f{i:02d}": {"display_name": "B"} for i in range(12)})
    world.store.put(KEYS.document, a_document(*map(a_field, world.files)))
    assert refused(world) == ["changes"]
    assert "git never knew this document" in message(world, "changes")
    world.files = {name: {"display_name": name.capitalize()} for name in world.files}
    assert refused(world) == []


# --------------------------------------------------------------------------- the others


def test_no_field_file_at_all() -> None:
    world = drop(many(3), 3)
    assert "empty" in refused(world)
    assert "3 fields" in message(world, "empty")


def test_no_field_file_and_none_before_is_fine() -> None:
    world = World({}, (read("m", "company"),))
    assert refused(world) == []
    world.sync()
    assert refused(world) == []


@pytest.mark.parametrize(
    ("ancestry", "stopped"),
    [
        (Ancestry.NOT_ASKED, False),
        (Ancestry.ANCESTOR, False),
        (Ancestry.OTHER, True),
        (Ancestry.UNKNOWN, True),
    ],
)
def test_rollback(ancestry: Ancestry, stopped: bool) -> None:
    world = many(2)
    shot, _ = world.look()
    found = evaluated(world.desired_state(), shot, ancestry=ancestry)
    assert [r.guard for r in found.plan.refusals] == (["rollback"] if stopped else [])
    for refusal in found.plan.refusals:
        assert "a" * 12 in refusal.message
        assert refusal.flag == "--allow-rollback"
    if ancestry is Ancestry.UNKNOWN:
        assert "shallow" in found.plan.refusals[0].message


def test_rollback_without_a_record_is_no_question() -> None:
    found = evaluated(desired_state([a_file("a")]), ancestry=Ancestry.UNKNOWN)
    assert found.plan.refusals == ()


@pytest.mark.parametrize("lost", [(), (KEYS.record,), (KEYS.backup, KEYS.history)])
def test_another_owner_is_seen_in_record_or_backup(lost: tuple[str, ...]) -> None:
    world = many(2)
    for key in lost:
        world.store.delete(key)
    world.writer = replace(US, owner="git.example/other/fields")
    assert refused(world) == ["owner"]
    assert "git.example/team/fields" in message(world, "owner")
    world.writer = replace(US, owner=None)
    assert refused(world) == ["owner"]


def test_a_store_without_an_owner_is_everybodys() -> None:
    world = World({"a": {"order": 1}}, writer=Writer(commit="a" * 40))
    world.sync()
    world.writer = US
    assert refused(world) == []


@pytest.mark.parametrize(
    ("value", "stopped"),
    [
        ({"until": (NOW + timedelta(days=1)).isoformat(), "reason": "move", "actor": "bob"}, True),
        ({"until": (NOW - timedelta(days=1)).isoformat(), "reason": "move", "actor": "bob"}, False),
        (b"garbage", True),
        (b"", True),
    ],
)
def test_a_hold(value: object, stopped: bool) -> None:
    found = evaluated(desired_state([a_file("a")]), snapshot(hold=present(value)))
    assert [r.guard for r in found.plan.refusals] == (["hold"] if stopped else [])
    if stopped and isinstance(value, dict):
        assert "bob" in found.plan.refusals[0].message
        assert "move" in found.plan.refusals[0].message


def test_pruning_needs_every_source_and_no_flag_allows_it_otherwise() -> None:
    world = many(3)
    world.prune = True
    assert refused(world) == []
    world.readings = (*world.readings, unread("n"))
    assert refused(world) == ["prune"]
    everything = Allowed(**{item.name: True for item in fields(Allowed)})
    world.allowed = everything
    assert refused(world) == ["prune"]
    assert world.evaluate().plan.refusals[0].flag == ""


# --------------------------------------------------------------------------- flags


FLAGS = {
    "deletes": "deletes",
    "changes": "changes",
    "empty": "empty",
    "rollback": "rollback",
    "take_over": "owner",
    "hold": "hold",
}


def everything_at_once(allowed: Allowed) -> list[str]:
    """A survey that every guard with a flag refuses, but for the one about changes."""
    world = drop(many(12), 12)
    world.store.put(KEYS.hold, {"until": "2099-01-01T00:00:00Z"})
    shot, _ = world.look()
    writer = replace(US, owner="git.example/other/fields")
    found = evaluated(
        world.desired_state(), shot, PlanOptions(writer, allowed), ancestry=Ancestry.OTHER
    )
    return sorted(refusal.guard for refusal in found.plan.refusals)


def test_all_refusals_are_told_at_once() -> None:
    assert everything_at_once(Allowed()) == ["deletes", "empty", "hold", "owner", "rollback"]


@pytest.mark.parametrize("flag", sorted(set(FLAGS) - {"take_over"}))
def test_a_flag_allows_exactly_its_own_guard(flag: str) -> None:
    everything = ["deletes", "empty", "hold", "owner", "rollback"]
    left = everything_at_once(Allowed(**{flag: True}))
    assert left == [guard for guard in everything if guard != FLAGS[flag]]


def test_taking_over_asks_for_nothing_that_another_owner_had() -> None:
    assert everything_at_once(Allowed(take_over=True)) == ["hold", "rollback"]


def test_every_flag_is_named_in_its_refusal() -> None:
    world = labelled(10)
    for name in world.files:
        world.files[name] = {"display_name": "B"}
    assert [r.flag for r in world.evaluate().plan.refusals] == ["--allow-changes"]
    world.allowed = Allowed(changes=True)
    assert refused(world) == []

"""What a plan says of the room that is left: the largest value counts, whichever it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldkeep.core.plan.evaluate import Evaluation
from fieldkeep.core.plan.plan import Headroom
from tests.core.build import BULK, KEYS, World, read


def world() -> World:
    made = World({"company": {"description": BULK}}, (read("m", "company"),))
    for number in range(4):
        made.files["company"] = {"description": BULK + str(number)}
        made.sync()
    return made


def headroom(found: Evaluation) -> Headroom:
    assert found.plan.store is not None
    return found.plan.store


def with_value_limit(made: World, percent: int) -> Evaluation:
    """A store in which the largest value, the history, fills this much."""
    largest = headroom(made.evaluate()).largest_bytes
    made.limits = replace(made.limits, value=largest * 100 // percent)
    return made.evaluate()


@pytest.mark.parametrize(("percent", "warned"), [(50, False), (79, False), (80, True), (99, True)])
def test_a_warning_from_80_percent_of_the_largest_value(percent: int, warned: bool) -> None:
    found = with_value_limit(world(), percent)
    assert headroom(found).largest_key == KEYS.history
    told = [warning for warning in found.plan.warnings if KEYS.history in warning]
    assert bool(told) is warned
    assert all(f"{percent} %" in warning and "history" in warning for warning in told)


def test_what_is_live_counts_where_nothing_is_written() -> None:
    found = with_value_limit(world(), 90)
    assert headroom(found).writes == 0
    assert found.plan.warnings != ()


def test_several_writes_are_told_as_a_note() -> None:
    made = world()
    made.files["company"] = {"description": "another"}
    assert made.evaluate().plan.notes == ()
    made.limits = made.too_small(made.evaluate())
    found = made.evaluate()
    assert headroom(found).writes > 1
    (note,) = found.plan.notes
    assert f"{headroom(found).writes} writes" in note
    assert found.plan.refusals == ()


def test_what_fits_no_value_is_a_refusal_in_the_plan_too() -> None:
    made = world()
    made.files["company"] = {"description": "another"}
    made.limits = replace(made.limits, value=1000)
    (refusal,) = made.evaluate().plan.refusals
    assert (refusal.guard, refusal.flag) == ("size", "")
    assert "1,000" in refusal.message
    assert "max_value_bytes" in refusal.hint

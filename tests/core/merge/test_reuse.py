"""After a conflict only what moved is merged again, and the result is the same as of nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fieldkeep.core.merge.merge import Merged
from fieldkeep.model import Json
from tests.core.build import World, read


def lost_and_again(edit: dict[str, Json], **more: Any) -> tuple[Merged, Merged]:
    """The merge of an attempt that is lost to an edit of ``company``, and that of the next."""
    world = World({"company": {"display_name": "A"}}, (read("m", "company", "site", "rack"),))
    world.sync()
    world.edit("company", order=1)
    desired = world.desired_state()
    lost = world.evaluate(desired).merged
    world.edit("company", **edit)
    if more.get("backed_up"):
        world.sync()
    again = world.evaluate(desired, lost.reusable).merged
    anew = world.evaluate(desired).merged
    assert replace(again, reusable=anew.reusable) == anew
    return lost, again


def test_a_field_that_did_not_move_is_not_merged_again() -> None:
    lost, again = lost_and_again({"placeholder": "typed"})
    reused = {name for name, result in again.results.items() if result is lost.results[name]}
    assert reused == {"site", "rack"}
    assert again.results["company"].attributes["placeholder"] == "typed"


def test_true_is_another_value_than_one() -> None:
    world = World({"company": {"display_name": "A"}}, (read("m", "company"),))
    world.sync()
    world.edit("company", note=1)
    desired = world.desired_state()
    lost = world.evaluate(desired).merged
    world.edit("company", note=True)
    assert (
        world.evaluate(desired, lost.reusable).merged.results["company"].attributes["note"] is True
    )


def test_nothing_is_reused_once_a_backup_came_in() -> None:
    lost, again = lost_and_again({"placeholder": "typed"}, backed_up=True)
    assert not any(again.results[name] is lost.results[name] for name in again.results)

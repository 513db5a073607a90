"""Edits made in the store: those that stay, and those that git overrules."""

from __future__ import annotations

from fieldkeep.core.plan.edits import Edit, kept_edits, overruled_edits
from fieldkeep.render.screen import PIPE
from fieldkeep.render.status import text as status_text
from tests.core.build import World, read


def world(**attributes: object) -> World:
    made = World({"company": dict(attributes)}, (read("m", "company"),))
    made.sync()
    return made


def test_an_edit_that_git_is_silent_on_stays_and_one_that_git_sets_is_overruled() -> None:
    made = world(order=1)
    made.edit("company", order=2, placeholder="typed")
    merged = made.evaluate().merged
    assert kept_edits(merged) == [Edit("company", "placeholder", "", "typed")]
    assert overruled_edits(merged) == [Edit("company", "order", 2, 1)]


def test_a_part_of_the_validation_that_was_removed_is_an_edit_to_nothing() -> None:
    made = world()
    made.edit("company", validation={"regex": "^a$", "min": 1})
    made.sync()
    made.edit("company", validation={"min": 1})
    evaluation = made.evaluate()
    assert kept_edits(evaluation.merged) == [Edit("company", "validation.regex", "^a$", None)]
    assert 'company.validation.regex was "^a$", is (none)' in status_text(evaluation, "url", PIPE)

"""One button: what it asks for, what it refuses, and what it brings back."""

from __future__ import annotations

import pytest

from tests.actions.values import Value
from tests.workflows.test_apply import named
from tests.workflows.world import World

CONFIRMED: dict[str, Value] = {
    "environment": "staging",
    "action": "apply",
    "reason": "a drill",
    "confirm": "staging",
}


def display_name(world: World) -> str:
    return str(world.field("staging", "company")["display_name"])


@pytest.fixture
def two(world: World) -> World:
    """Two applies to staging."""
    world.applied("staging")
    world.push(named(world, "Second"))
    world.applied("staging")
    return world


def test_a_plan_writes_nothing_and_gets_no_token_that_could(two: World) -> None:
    two.push(named(two, "Third"))
    before = two.bytes("staging")
    done = two.run("recover", two.by_hand(environment="staging", action="plan", reason="a look"))
    assert done.conclusion == "success", str(done)
    assert done.jobs["fieldkeep / look"].environment == "staging-plan"
    assert "Third" in done.jobs["fieldkeep / look"].summary
    assert two.bytes("staging") == before


def test_what_was_never_on_main_is_refused(world: World) -> None:
    """What a form alone can be refused for is tested where it is read."""
    world.git("checkout", "--quiet", "-b", "other")
    world.write({"fields/new.yaml": "name: new\n"})
    world.commit("Not reviewed")
    world.git("push", "--quiet", "origin", "other")
    asked: tuple[tuple[dict[str, Value], str, str], ...] = (
        ({"ref": "no-such-thing"}, "main", "no commit"),
        ({"ref": "-x"}, "main", "no commit"),
        ({"ref": "other"}, "main", "not in the past of main"),
        ({}, "other", "start this from main"),
    )
    for inputs, branch, why in asked:
        done = world.run("recover", world.by_hand(branch, **{**CONFIRMED, **inputs}))
        assert done.jobs["fieldkeep / ready"].step("request").code == 3
        assert why in done.jobs["fieldkeep / ready"].log
        assert done.jobs["fieldkeep / look"].conclusion == "skipped"
        assert done.jobs["fieldkeep / recover"].conclusion == "skipped"
    assert world.bytes("staging") == {}


def test_an_older_commit_of_main_is_applied_when_it_is_named(two: World) -> None:
    older = two.git("rev-parse", "HEAD~1")
    done = two.run("recover", two.by_hand(**CONFIRMED, ref=older))
    assert done.conclusion == "success", str(done)
    assert display_name(two) == "Company"
    assert two.value("staging", ".sync")["commit"] == older


def test_a_backup_is_put_back_and_held(two: World) -> None:
    wrong = two.run("recover", two.by_hand(**CONFIRMED, backup="1", expect="2"))
    assert wrong.conclusion == "failure"
    assert "is not the one expected (2)" in wrong.jobs["fieldkeep / recover"].log
    assert display_name(two) == "Second"
    done = two.run("recover", two.by_hand(**CONFIRMED, backup="1", expect="1"))
    assert done.conclusion == "success", str(done)
    assert display_name(two) == "Company"
    assert two.value("staging", ".hold")["by"] == "restore"
    ended = two.run("recover", two.by_hand(**{**CONFIRMED, "action": "release"}))
    assert ended.conclusion == "success", str(ended)
    assert two.value("staging", ".hold") is None
    assert display_name(two) == "Company"


def test_a_run_that_is_started_again_does_not_undo_what_came_after_it(two: World) -> None:
    older = two.by_hand(**CONFIRMED, ref=two.git("rev-parse", "HEAD~1"))
    backup = two.by_hand(**CONFIRMED, backup="1", expect="1")
    restored = two.run("recover", backup)
    assert restored.conclusion == "success", str(restored)
    assert display_name(two) == "Company"
    two.push({"fields/new.yaml": "name: new\n"})
    before = two.bytes("staging")
    # the state that nobody wants is backup 1 now, and main is not what it was for that ref
    for event in (backup, older):
        again = two.run("recover", event.again(restored.run_id))
        assert again.conclusion == "failure"
        assert "start this anew" in again.jobs["fieldkeep / ready"].log
        assert two.bytes("staging") == before


def test_what_an_earlier_run_kept_comes_back_when_all_keys_are_gone(world: World) -> None:
    world.applied("staging")
    world.edit("staging", "glpi_url", display_name="Only in the application")
    kept = world.run("recover", world.by_hand(**{**CONFIRMED, "action": "plan"}))
    assert kept.conclusion == "success", str(kept)
    world.wipe("staging")
    other = {**world.api.runs[kept.run_id], "head_branch": "other"}
    world.api.runs[4_000_000] = other
    refused = world.run("recover", world.by_hand(**CONFIRMED, run="4000000"))
    assert "its artifacts are not taken" in refused.jobs["fieldkeep / look"].log
    assert world.bytes("staging") == {}
    done = world.run("recover", world.by_hand(**CONFIRMED, run=str(kept.run_id)))
    assert done.conclusion == "success", str(done)
    assert world.field("staging", "glpi_url")["display_name"] == "Only in the application"

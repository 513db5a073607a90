"""What keeps an apply from writing what nobody looked at."""

from __future__ import annotations

import threading
from html import unescape

import pytest

from tests.actions.events import Event
from tests.actions.results import Result
from tests.workflows.world import ENVIRONMENTS, World

COMPANY = "fields/company.yaml"


def named(world: World, name: str) -> dict[str, str]:
    """The file with another display name."""
    lines = world.text(COMPANY).splitlines()
    changed = [f"display_name: {name}" if x.startswith("display_name:") else x for x in lines]
    return {COMPANY: "\n".join(changed) + "\n"}


def display_names(world: World) -> list[str]:
    return [world.field(name, "company")["display_name"] for name in ENVIRONMENTS]


def test_a_rerun_of_an_old_apply_is_refused_and_writes_nothing(world: World) -> None:
    old = world.pushed()
    first = world.run("apply", old)
    assert first.conclusion == "success", str(first)
    world.push(named(world, "Newer"))
    world.applied()
    before = {name: world.bytes(name) for name in ENVIRONMENTS}

    again = world.run("apply", old.again(first.run_id))
    assert again.conclusion == "failure"
    assert "main is at" in again.jobs["staging / plan"].log
    assert [
        step.code for step in again.jobs["staging / plan"].steps if step.outcome == "failure"
    ] == [3]
    assert again.jobs["staging / apply"].conclusion == "skipped"
    assert {name: world.bytes(name) for name in ENVIRONMENTS} == before
    assert display_names(world) == ["Newer", "Newer"]


class Line:
    """Runs of *Apply*, each in a thread. `behind` starts one and sees it wait for another."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.results: dict[str, Result] = {}
        self.threads: list[threading.Thread] = []

    def start(self, name: str, event: Event) -> None:
        def work() -> None:
            self.results[name] = self.world.run("apply", event)

        self.threads.append(threading.Thread(target=work))
        self.threads[-1].start()

    def behind(self, name: str, event: Event, group: str = "fieldkeep-writers") -> None:
        self.start(name, event)
        assert self.world.runner.groups.waited(group, 300), f"{name} does not wait"

    def ended(self) -> dict[str, str]:
        for thread in self.threads:  # it grows while the first one runs
            thread.join()
        return {name: done.conclusion for name, done in self.results.items()}


def test_two_applies_at_once_both_end_right(world: World) -> None:
    """While the first waits for its approval, somebody starts the same by hand: it stands in line,
    and finds everything applied."""
    world.applied()
    world.push(named(world, "One"))
    line = Line(world)

    def meanwhile(_: str) -> bool:
        if len(line.threads) == 1:
            line.behind("second", world.by_hand(), f"apply-{world.git('rev-parse', 'main')}")
        return True

    world.approve = meanwhile
    line.start("first", world.pushed())
    assert line.ended() == {"first": "success", "second": "success"}, str(line.results)
    assert display_names(world) == ["One", "One"]


def test_a_merge_while_an_approval_is_waited_for_takes_the_older_one_with_it(world: World) -> None:
    world.applied()
    world.push(named(world, "One"))
    line = Line(world)
    seen: list[str] = []

    def meanwhile(_: str) -> bool:
        seen.append(display_names(world)[1])
        if len(line.threads) == 1:
            world.push({"fields/site.yaml": world.text("fields/site.yaml") + "# more\n"})
            line.behind("second", world.pushed())
        return True

    world.approve = meanwhile
    line.start("first", world.pushed())
    assert line.ended() == {"first": "failure", "second": "success"}, str(line.results)
    late = line.results["first"].jobs["production / apply"]
    assert [step.code for step in late.steps if step.outcome == "failure"] == [3]
    assert seen == ["Company", "Company"]  # production was not written in between
    assert display_names(world) == ["One", "One"]
    newest = world.git("rev-parse", "main")
    assert world.value("production", ".sync")["commit"] == newest
    # the second merge changed nothing there, and staging had the first already
    assert world.value("staging", ".sync")["commit"] == world.git("rev-parse", "main~1")


def test_what_was_reviewed_is_applied_or_nothing(world: World) -> None:
    world.applied()
    world.push(named(world, "Reviewed"))
    held: list[dict[str, bytes | None]] = []

    def approve(environment: str) -> bool:
        """The reviewers have seen the plan; now somebody edits in the application."""
        world.edit(environment, "site", display_name="Typed by hand")
        held.append(dict(world.bytes(environment)))
        return True

    world.approve = approve
    done = world.run("apply", world.pushed())
    assert done.jobs["staging / apply"].conclusion == "success"
    production = done.jobs["production / apply"]
    assert production.conclusion == "failure"
    assert production.step("Apply").code == 5
    assert f"key {world.keys['production']}" in production.log
    assert world.bytes("production") == held[0]

    # a new plan shows the edit; approved, it is applied, and the edit is in the history
    world.approve = lambda _: True
    again = world.run("apply", world.pushed().again(done.run_id))
    assert again.conclusion == "success", str(again)
    assert display_names(world) == ["Reviewed", "Reviewed"]


def test_nobody_approves_and_production_stays_as_it_is(world: World) -> None:
    world.applied()
    world.push(named(world, "Too soon"))
    world.approve = lambda _: False
    before = world.bytes("production")
    done = world.run("apply", world.pushed())
    assert done.conclusion == "failure"
    assert world.bytes("production") == before
    assert display_names(world)[0] == "Too soon"


@pytest.mark.parametrize("labelled", [True, False], ids=["label", "no label"])
def test_what_breaks_others_needs_the_label_before_and_after_the_merge(
    world: World, labelled: bool
) -> None:
    world.applied()
    labels = ("fieldkeep: allow-breaking",) if labelled else ()
    narrower = world.text(COMPANY).replace("type: string", "type: number")
    narrower = narrower.split("validation:")[0]
    pull = world.open({COMPANY: narrower}, labels=labels)
    reviewed = world.run("pull-request", world.pulled(pull))
    expected = "success" if labelled else "failure"
    assert reviewed.jobs["fieldkeep / changes"].conclusion == expected, str(reviewed)
    comment = unescape(*world.api.bodies(pull.number))
    assert "1 breaking" in comment.splitlines()[2]
    assert ("fieldkeep: allow-breaking" in comment) is not labelled

    world.merge(pull)
    done = world.run("apply", world.pushed())
    assert done.conclusion == expected, str(done)
    assert (world.field("production", "company")["field_type"] == "number") is labelled
    if labelled:
        return
    assert done.jobs["staging / plan"].step("Plan").code == 3
    assert "--allow-breaking" in done.jobs["staging / plan"].log
    by_hand = world.run("apply", world.by_hand(allow="--allow-breaking"))
    assert by_hand.conclusion == "success", str(by_hand)
    assert world.field("production", "company")["field_type"] == "number"

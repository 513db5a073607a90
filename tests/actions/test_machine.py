"""Machines and their processes: time limits, containers, and who waits for whom."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.actions.grants import Environment
from tests.actions.results import Result
from tests.actions.unknown import Unknown
from tests.actions.workflow import Job, Step
from tests.actions.world import World, pushed, run, runner, settings


@contextmanager
def ended_writers(fifo: Path) -> Iterator[Mapping[str, str]]:
    """FIFO for steps to write to; at the end, wait until none of them has it open any more."""
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        yield {"FIFO": str(fifo)}
        os.set_blocking(reading, True)
        assert os.read(reading, 1) == b""
    finally:
        os.close(reading)


def test_a_step_that_is_checked_is_not_run(world: World) -> None:
    text = """
        steps: [{run: scripts/test --fast, env: {A: b}}, {run: echo scripts/tests}]
        """
    seen: list[tuple[str | None, str]] = []

    def check(step: Step, env: Mapping[str, str]) -> None:
        seen.append((step.run, env["A"]))

    steps = run(world, text, checked={"scripts/test": check}).jobs["job"].steps
    assert seen == [("scripts/test --fast", "b")]
    assert [step.checked for step in steps] == [True, False]


def test_a_job_in_a_container_is_for_the_tests_to_decide(world: World) -> None:
    text = """
        on: push
        jobs:
          job:
            runs-on: ubuntu-latest
            container: {image: "debian:${{ vars.COLOUR }}"}
            outputs: {a: "${{ steps.a.outputs.a }}"}
            steps: [{id: a, run: echo "$0"}]
        """
    with pytest.raises(Unknown, match="container debian:blue"):
        run(world, text)
    seen: list[str] = []

    def containers(job: Job, image: str) -> bool:
        seen.append(f"{job.id} {image}")
        return len(seen) == 2

    assert run(world, text, containers=containers).jobs["job"].steps == ()
    assert run(world, text, containers=containers).jobs["job"].steps[0].outcome == "success"
    assert seen == ["job debian:blue"] * 2


def test_a_step_that_takes_too_long_is_ended_with_all_it_started(world: World) -> None:
    text = """
        steps:
          - run: sleep 1000 > "$FIFO" & wait
            timeout-minutes: 0.01
          - {if: always(), run: echo}
        """
    with ended_writers(world.folder / "fifo") as passed:
        steps = run(world, text, passthrough=passed).jobs["job"].steps
    assert [step.outcome for step in steps] == ["failure", "success"]
    assert steps[0].code is None


def test_a_job_ends_what_its_steps_left_in_the_background(world: World) -> None:
    text = """
        steps:
          - {id: a, run: 'sleep 1000 > "$FIFO" & echo "pid=$!" >> "$GITHUB_OUTPUT"'}
          - run: kill -0 "${{ steps.a.outputs.pid }}"
        """
    with ended_writers(world.folder / "fifo") as passed:
        job = run(world, text, passthrough=passed).jobs["job"]
        assert job.conclusion == "success", job


def test_a_second_run_of_a_group_waits_for_the_first(world: World) -> None:
    text = """
        on: push
        concurrency: {group: "writers-${{ github.ref }}", cancel-in-progress: false}
        jobs:
          job:
            runs-on: ubuntu-latest
            environment: gate
            steps: [run: echo]
        """
    entered, release = threading.Event(), threading.Event()
    order: list[str] = []

    def approve(environment: str) -> bool:
        order.append(f"{environment} {len(order)}")
        if len(order) == 1:
            entered.set()
            assert release.wait(30)
            order.append("first ends")
        return True

    one = runner(world, settings(gate=Environment(reviewers=True)), approve=approve)
    file, event = world.workflow(text), pushed(world)
    results: list[Result] = []
    threads = [threading.Thread(target=lambda: results.append(one.run(file, event))) for _ in "ab"]
    threads[0].start()
    assert entered.wait(30)
    threads[1].start()
    assert one.groups.waited("writers-refs/heads/main", 30)
    release.set()
    for thread in threads:
        thread.join()
    assert order == ["gate 0", "first ends", "gate 2"]
    assert [result.conclusion for result in results] == ["success", "success"]
    assert len({result.run_id for result in results}) == 2


@pytest.mark.parametrize(
    ("queue", "ended"),
    [("single", ["success", "cancelled", "success"]), ("max", ["success"] * 3)],
)
def test_a_newer_one_takes_the_place_of_one_that_waits_unless_the_queue_is_long(
    world: World, queue: str, ended: list[str]
) -> None:
    text = f"""
        on: push
        jobs:
          job:
            runs-on: ubuntu-latest
            concurrency: {{group: writers, queue: {queue}}}
            environment: gate
            steps: [run: echo]
        """
    entered, release = threading.Event(), threading.Event()

    def approve(_: str) -> bool:
        entered.set()
        return release.wait(30)

    one = runner(world, settings(gate=Environment(reviewers=True)), approve=approve)
    file, event = world.workflow(text), pushed(world)
    results: dict[int, Result] = {}

    def start(number: int) -> threading.Thread:
        thread = threading.Thread(target=lambda: results.update({number: one.run(file, event)}))
        thread.start()
        return thread

    threads = [start(0)]
    assert entered.wait(30)
    for number in (1, 2):
        threads.append(start(number))
        assert one.groups.waited("writers", 30, count=number if queue == "max" else 1)
    if queue == "single":
        threads[1].join(30)  # the one that came before waits no more
    release.set()
    for thread in threads:
        thread.join()
    assert [results[number].jobs["job"].conclusion for number in range(3)] == ended


def test_a_job_that_waits_for_its_own_run_fails(world: World) -> None:
    text = """
        on: push
        concurrency: one
        jobs: {job: {runs-on: ubuntu-latest, concurrency: ONE, steps: [run: echo]}}
        """
    with pytest.raises(Unknown, match="its own run"):
        run(world, text)

"""The runner: what a job sees, in what order steps and jobs run, what a test can read."""

from __future__ import annotations

import pytest

from tests.actions import events
from tests.actions.results import Annotation
from tests.actions.unknown import Unknown
from tests.actions.world import REPOSITORY, World, pushed, run, runner, settings


def test_jobs_pass_outputs_on(world: World) -> None:
    result = run(
        world,
        """
        on: push
        jobs:
          last:
            needs: [first]
            runs-on: ubuntu-latest
            steps:
              - run: echo "got $GOT, ${{ needs.first.result }}"
                env: {GOT: "${{ needs.first.outputs.both }}"}
          first:
            runs-on: ubuntu-24.04
            outputs: {both: "${{ steps.a.outputs.x }}-${{ steps.a.outputs.y }}"}
            steps:
              - id: a
                run: |
                  echo x=1 >> "$GITHUB_OUTPUT"
                  printf 'y<<END\\ntwo=2\\nlines\\nEND\\n' >> "$GITHUB_OUTPUT"
        """,
    )
    assert result.conclusion == "success", result
    assert result.jobs["first"].outputs == {"both": "1-two=2\nlines"}
    assert result.jobs["last"].steps[0].log == ("got 1-two=2", "lines, success")


def test_steps_run_after_a_failure_only_when_they_say_so(world: World) -> None:
    result = run(
        world,
        """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            steps:
              - {name: goes on, id: on, run: exit 3, continue-on-error: true}
              - {name: told, run: "test ${{ steps.on.outcome }} != ${{ steps.on.conclusion }}"}
              - {name: fails, run: "false | true; echo still; false; echo never"}
              - {name: skipped, run: echo}
              - {name: failed, if: failure(), run: "echo ${{ job.status }}"}
              - {name: always, if: always() && github.event_name == 'push', run: echo}
              - {name: not, if: success() || cancelled(), run: echo}
          b: {needs: a, runs-on: ubuntu-latest, steps: [run: echo]}
          c: {needs: a, if: always(), runs-on: ubuntu-latest, steps: [run: echo]}
          d: {needs: b, if: "!failure()", runs-on: ubuntu-latest, steps: [run: echo]}
          e: {needs: c, runs-on: ubuntu-latest, steps: [run: echo]}
          f: {needs: c, if: "failure()", runs-on: ubuntu-latest, steps: [run: echo]}
        """,
    )
    outcomes = {step.name: step.outcome for step in result.jobs["a"].steps}
    assert outcomes == {
        "goes on": "failure",
        "told": "success",
        "fails": "failure",
        "skipped": "skipped",
        "failed": "success",
        "always": "success",
        "not": "skipped",
    }
    assert result.jobs["a"].step("fails").log[0] == "still"
    assert result.jobs["a"].step("failed").log == ("failure",)
    conclusions = {name: job.conclusion for name, job in result.jobs.items()}
    # A job that failed further up skips e, though c between them succeeded.
    assert conclusions == {
        "a": "failure",
        "b": "skipped",
        "c": "success",
        "d": "skipped",
        "e": "skipped",
        "f": "success",
    }
    assert result.conclusion == "failure"
    assert "      | still" in str(result)


def test_a_step_sees_what_github_gives_and_nothing_of_the_tests(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAK", "x")
    result = run(
        world,
        """
        on: push
        env: {A: top, B: top}
        jobs:
          job:
            runs-on: ubuntu-latest
            env: {B: "${{ env.A || vars.COLOUR }}"}
            steps:
              - run: echo
        """.replace("${{ env.A || vars.COLOUR }}", "${{ vars.COLOUR }}").replace(
            "- run: echo",
            """- run: |
                  echo "C=a b" >> "$GITHUB_ENV"
                  mkdir "$RUNNER_TEMP/bin"; cd "$RUNNER_TEMP/bin"
                  printf '#!/bin/sh\\necho mine\\n' > own; chmod +x own; pwd >> "$GITHUB_PATH"
                  echo "# Title" >> "$GITHUB_STEP_SUMMARY"
              - run: |
                  own; echo "$A/$B/$C/$D/${{ env.C }}/${{ env.D }}"
                  env | cut -d= -f1 | sort | tr '\\n' ' '
                env: {D: "d ${{ env.B }}"}
              - run: |
                  import json, os
                  print(json.load(open(os.environ["GITHUB_EVENT_PATH"]))["ref"], os.environ["A1"])
                shell: python""",
        ),
        passthrough={"A1": "given"},
    )
    assert result.conclusion == "success", result
    job = result.jobs["job"]
    assert job.steps[1].log[:2] == ("mine", "top/blue/a b/d blue/a b/d blue")
    names = set(job.steps[1].log[2].split())
    assert names >= {"CI", "HOME", "PATH", "RUNNER_TEMP", "GITHUB_SHA", "GITHUB_RUN_ATTEMPT"}
    assert not names & {"LEAK", "ACTIONS_ID_TOKEN_REQUEST_URL", "GITHUB_TOKEN"}
    assert job.steps[2].log == ("refs/heads/main given",)
    assert job.summary == "# Title\n"


def test_annotations_and_masks(world: World) -> None:
    result = run(
        world,
        """
        steps:
          - run: |
              echo "::error file=$GITHUB_WORKSPACE/f.yaml,line=3,col=5,title=t::m%0An"
              echo "::stop-commands::k1"; echo "::error::inert"; echo "::k1::"
              for i in 1 2 3 4 5 6 7 8 9 10 11; do echo "::warning::$i"; done
              echo "::add-mask::hid"; echo "hid $PASS ${{ github.token }}"
              echo "$PASS" >> "$GITHUB_STEP_SUMMARY"
            env: {PASS: "${{ secrets.pass }}"}
        """,
        settings({"PASS": "pw"}),
    )
    job = result.jobs["job"]
    assert job.annotations[0] == Annotation("error", "m\nn", "t", "f.yaml", 3, 5)
    assert [a.message for a in job.annotations[1:]] == [str(i) for i in range(1, 11)]
    assert job.steps[0].log[-1] == "*** *** ***"
    assert job.summary == "***\n"
    assert job.secrets == {"PASS"}
    assert (result.annotations, result.summary) == (job.annotations, "***\n")


def test_a_matrix_runs_each_combination(world: World) -> None:
    text = """
        on: push
        jobs:
          job:
            name: Python ${{ matrix.python }}
            runs-on: ubuntu-latest
            strategy:
              matrix:
                python: ["3.10", 3.11]
                include: [{python: "3.10", extra: x}, {python: 3.12}]
            steps:
              - run: echo "${{ matrix.python }}/${{ matrix.extra }}/${{ strategy.job-total }}"
        """
    jobs = run(world, text).jobs
    assert [job.log for job in jobs.values()] == ["3.10/x/3", "3.11//3", "3.12//3"]
    text = text.replace("- run: echo", "- run: exit 1;")
    stopped = [job.conclusion for job in run(world, text).jobs.values()]
    assert stopped == ["failure", "cancelled", "cancelled"]
    text = text.replace("matrix:\n", "fail-fast: false\n              matrix:\n", 1)
    assert {job.conclusion for job in run(world, text).jobs.values()} == {"failure"}


def test_a_start_by_hand_has_typed_inputs(world: World) -> None:
    text = """
        on:
          workflow_dispatch:
            inputs:
              apply: {type: boolean, default: false}
              what: {type: choice, options: [plan, restore], required: true}
              ref: {type: string, description: A ref}
        concurrency: {group: "${{ inputs.what }}"}
        jobs:
          job:
            runs-on: ubuntu-latest
            if: inputs.apply
            steps: [run: 'echo "${{ inputs.what }} ${{ github.event.inputs.ref }}"']
        """
    one, file = runner(world), world.workflow(text)
    by_hand = events.by_hand(
        world.origin, REPOSITORY, {"apply": "true", "what": "plan", "ref": "r"}
    )
    assert one.run(file, by_hand).log == "plan r"
    assert (
        one.run(file, events.by_hand(world.origin, REPOSITORY, {"what": "plan"})).conclusion
        == "skipped"
    )
    with pytest.raises(Unknown, match="not among"):
        one.run(file, events.by_hand(world.origin, REPOSITORY, {"what": "drop"}))


def test_a_workflow_is_read_at_the_events_commit(world: World) -> None:
    job = "runs-on: ubuntu-latest, steps: [run: echo old $GITHUB_RUN_ATTEMPT]"
    old = f"on: push\njobs: {{a: {{{job}}}}}\n"
    world.commit("Old", **{"w.yml": old})
    event = pushed(world)
    world.commit("New", **{"w.yml": old.replace("old", "new")})
    one = runner(world)
    first = one.run("w.yml", event)
    second = one.run("w.yml", event.again(first.run_id))
    assert (first.log, second.log, second.run_id) == ("old 1", "old 2", first.run_id)
    assert one.run("w.yml", pushed(world)).log == "new 1"


@pytest.mark.parametrize(
    ("on", "starts"),
    [
        ("push", True),
        ("pull_request", False),
        ("{push: {branches: [main]}}", True),
        ("{push: {branches: ['release/**']}}", False),
        ("{push: {branches-ignore: [main]}}", False),
        ("{push: {paths: ['fields/**', '*.md']}}", False),
        ("{push: {paths: [fil*]}}", True),
        ("{push: {paths: ['*', '!file']}}", False),
        ("{push: {paths-ignore: [file]}}", False),
        ("{push: {tags: ['v*']}}", False),
        ("[push, pull_request]", True),
    ],
)
def test_what_a_workflow_listens_to(world: World, on: str, starts: bool) -> None:
    world.commit("Second", file="two\n")
    text = f"on: {on}\njobs: {{a: {{runs-on: ubuntu-latest, steps: [run: echo]}}}}\n"
    assert runner(world).listens(world.workflow(text), pushed(world)) is starts

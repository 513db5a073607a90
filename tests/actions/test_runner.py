"""The runner: what a job sees, in what order steps and jobs run, what a test can read."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.actions import events
from tests.actions.events import Event
from tests.actions.grants import Environment, Settings
from tests.actions.results import Annotation, Result
from tests.actions.runner import Runner
from tests.actions.unknown import Unknown
from tests.actions.workflow import Job, Step
from tests.actions.world import REPOSITORY, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.commit("First", file="one\n")
    return world


def settings(secrets: Mapping[str, str] | None = None, **environments: Environment) -> Settings:
    return Settings(REPOSITORY, secrets or {}, {"COLOUR": "blue"}, environments)


def runner(world: World, given: Settings | None = None, **options: object) -> Runner:
    return Runner(world.folder / "runner", world.origin, given or settings(), **options)  # type: ignore[arg-type]


def pushed(world: World) -> Event:
    return events.push(world.origin, REPOSITORY)


def run(world: World, text: str, given: Settings | None = None, **options: object) -> Result:
    """Run a workflow on a push to main."""
    return runner(world, given, **options).run(world.workflow(text), pushed(world))


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
        on: push
        jobs:
          job:
            runs-on: ubuntu-latest
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


def test_a_secret_does_not_leave_a_job_in_its_outputs(world: World) -> None:
    text = """
        on: push
        jobs:
          a:
            runs-on: ubuntu-latest
            outputs: {x: "${{ secrets.PASS }}!"}
            steps: [run: echo]
        """
    job = run(world, text, settings({"PASS": "pw"})).jobs["a"]
    assert job.outputs == {"x": ""}
    assert "may contain secret" in job.annotations[0].message


@pytest.mark.parametrize(
    ("depth", "count"),
    [("", "1"), ("with: {fetch-depth: 0}", "3"), ("with: {fetch-depth: 2}", "2")],
)
def test_a_checkout_is_shallow_unless_the_workflow_says_otherwise(
    world: World, depth: str, count: str
) -> None:
    world.commit("Second", file="two\n")
    event_sha = world.commit("Third", file="three\n")
    event = pushed(world)
    world.commit("Moved on", file="four\n")
    text = f"""
        on: push
        permissions: {{contents: read}}
        jobs:
          job:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@PIN
                {depth}
              - run: |
                  cat file; git rev-list --count HEAD; git rev-parse HEAD
                  git symbolic-ref HEAD; git remote get-url origin; git status --porcelain
        """
    result = runner(world).run(world.workflow(text), event)
    assert result.conclusion == "success", result
    assert result.jobs["job"].steps[1].log == (
        "three",
        count,
        event_sha,
        "refs/heads/main",
        "https://github.com/acme/fields",
    )


def test_a_pull_request_checks_its_merge_out_or_what_it_names(world: World) -> None:
    head, merge = world.pull(1, file="changed\n")
    base = world.git("rev-parse", "main")
    event = events.pull_request(world.origin, REPOSITORY, 1, branch="topic")
    text = """
        on: pull_request
        permissions: {contents: read}
        jobs:
          job:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@PIN
                with: {persist-credentials: false}
              - run: git rev-parse HEAD; git config --get-regexp 'http.*' || echo none
              - uses: actions/checkout@PIN
                with: {ref: "${{ github.event.pull_request.head.sha }}", path: sub}
              - run: git rev-parse HEAD; git config --get-regexp 'http.*'
                working-directory: sub
              - uses: actions/checkout@PIN
                with: {ref: "${{ github.base_ref }}", path: sub}
              - run: git rev-parse HEAD; git symbolic-ref HEAD
                working-directory: sub
              - run: echo "$GITHUB_REF $GITHUB_HEAD_REF $GITHUB_BASE_REF $GITHUB_SHA"
        """
    result = runner(world).run(world.workflow(text), event)
    assert result.conclusion == "success", result
    logs = [step.log for step in result.jobs["job"].steps if step.log]
    assert logs == [
        (merge, "none"),
        (head, "http.https://github.com/.extraheader AUTHORIZATION: basic ***"),
        (base, "refs/heads/main"),
        (f"refs/pull/1/merge topic main {merge}",),
    ]


FORK = """
    on: pull_request
    permissions: {contents: write, id-token: write, issues: read}
    jobs:
      job:
        runs-on: ubuntu-latest
        environment: production
        steps:
          - run: echo "[${{ secrets.PASS }}${{ secrets.OWN }}${{ vars.COLOUR }}]$TOKEN"
            env: {TOKEN: "${{ secrets.GITHUB_TOKEN }}"}
          - run: env | grep ^ACTIONS_ID_TOKEN_REQUEST_URL || echo none
"""


@pytest.mark.parametrize("fork", [None, "stranger/fields"])
def test_a_fork_is_given_no_secret_and_a_token_that_reads(world: World, fork: str | None) -> None:
    world.pull(1, file="changed\n")
    event = events.pull_request(world.origin, REPOSITORY, 1, branch="topic", fork=fork)
    asked: list[Mapping[str, str]] = []

    def token(permissions: Mapping[str, str]) -> str:
        asked.append(dict(permissions))
        return "job-token"

    given = settings({"PASS": "pw"}, production=Environment({"OWN": "own"}))
    result = runner(world, given, token=token).run(world.workflow(FORK), event)
    job = result.jobs["job"]
    if fork:
        assert job.secrets == frozenset()
        assert job.steps[0].log == ("[]***",)
        assert job.steps[1].log == ("none",)
        assert asked == [{"contents": "read", "issues": "read"}]
    else:
        assert job.secrets == {"PASS", "OWN"}
        assert job.steps[0].log == ("[******blue]***",)
        assert "ACTIONS_ID_TOKEN_REQUEST_URL=http" in job.steps[1].log[0]
        assert asked == [{"contents": "write", "id-token": "write", "issues": "read"}]


DEPLOY = """
    on: push
    jobs:
      deploy:
        runs-on: ubuntu-latest
        environment: {name: "${{ vars.COLOUR }}", url: "https://x.test/${{ env.A }}"}
        steps: [{run: echo}]
"""


@pytest.mark.parametrize(
    ("branches", "answer", "conclusion"),
    [(None, True, "success"), (("release/*",), True, "failure"), (("main",), False, "failure")],
)
def test_an_environment_lets_in_what_its_rules_allow(
    world: World, branches: tuple[str, ...] | None, answer: bool, conclusion: str
) -> None:
    blue = Environment({"OWN": "own"}, {}, branches, reviewers=True)
    job = run(world, DEPLOY, settings(blue=blue), approve=lambda _: answer).jobs["deploy"]
    assert job.conclusion == conclusion
    assert job.secrets == ({"OWN"} if conclusion == "success" else frozenset())
    assert len(job.steps) == (1 if conclusion == "success" else 0)


def test_permissions_are_the_jobs_own_else_the_workflows(world: World) -> None:
    text = """
        on: push
        permissions: {contents: read}
        jobs:
          inherits: {runs-on: ubuntu-latest, steps: [run: echo]}
          own: {runs-on: ubuntu-latest, permissions: {issues: write}, steps: [run: echo]}
          none: {runs-on: ubuntu-latest, permissions: {}, steps: [uses: actions/checkout@PIN]}
        """
    jobs = run(world, text).jobs
    assert {name: dict(job.permissions) for name, job in jobs.items()} == {
        "inherits": {"contents": "read"},
        "own": {"issues": "write"},
        "none": {},
    }
    assert jobs["none"].conclusion == "failure"


def test_a_composite_action_has_inputs_and_outputs(world: World) -> None:
    folder = world.folder / "ours"
    folder.mkdir()
    (folder / "action.yml").write_text(
        """
name: Ours
description: Says
inputs:
  word: {description: A word, required: true}
  other: {description: Another, default: "${{ github.ref_name }}"}
outputs:
  said: {description: What was said, value: "${{ steps.say.outputs.said }}"}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      env: {WORD: "${{ inputs.word }}"}
      run: |
        echo "said=$WORD $OUTER ${{ inputs.other }}" >> "$GITHUB_OUTPUT"
        test "$GITHUB_ACTION_PATH" = "${{ github.action_path }}" && ls "$GITHUB_ACTION_PATH"
    - {if: failure(), shell: bash, run: echo never}
""",
        encoding="utf-8",
    )
    text = """
        on: push
        jobs:
          job:
            runs-on: ubuntu-latest
            steps:
              - id: ours
                uses: acme/pipeline@PIN
                with: {word: hello}
                env: {OUTER: outer}
              - run: echo "${{ steps.ours.outputs.said }}"
        """
    result = run(world, text, actions={"acme/pipeline": folder})
    assert result.conclusion == "success", result
    assert "action.yml" in result.jobs["job"].steps[0].log
    assert result.jobs["job"].steps[1].log == ("hello outer main",)
    with pytest.raises(Unknown, match="input 'wrod' of acme/pipeline"):
        run(world, text.replace("{word", "{wrod"), actions={"acme/pipeline": folder})


def test_a_local_action_comes_from_the_checkout(world: World) -> None:
    action = "runs: {using: composite, steps: [{shell: sh, run: exit 4}]}\n"
    world.commit("Action", **{"action.yml": action})
    text = """
        on: push
        jobs:
          job:
            runs-on: ubuntu-latest
            steps: [uses: actions/checkout@PIN, {uses: ./}, run: echo]
        """
    steps = run(world, text).jobs["job"].steps
    assert [(step.outcome, step.code) for step in steps] == [
        ("success", None),
        ("failure", 4),
        ("skipped", None),
    ]
    with pytest.raises(Unknown, match=r"test.yml: job job: step 1 ./: no action.yml"):
        run(world, text.replace("uses: actions/checkout@PIN, ", ""))


def test_artifacts_go_from_job_to_job(world: World) -> None:
    text = """
        on: push
        jobs:
          make:
            runs-on: ubuntu-latest
            steps:
              - run: |
                  mkdir -p out/deep; echo 1 > plan
                  touch out/a.json out/deep/b.json out/.hidden out/c.txt
              - uses: actions/upload-artifact@PIN
                with: {name: tree, path: "out/**/*.json"}
              - uses: actions/upload-artifact@PIN
                with: {name: one, path: plan, if-no-files-found: error, retention-days: 5}
              - uses: actions/upload-artifact@PIN
                with: {name: two, path: "plan\\nout\\n!out/c.txt"}
              - id: again
                continue-on-error: true
                uses: actions/upload-artifact@PIN
                with: {name: one, path: plan}
              - id: nothing
                continue-on-error: true
                uses: actions/upload-artifact@PIN
                with: {name: no, path: nothing*, if-no-files-found: error}
          use:
            needs: make
            runs-on: ubuntu-latest
            steps:
              - uses: actions/download-artifact@PIN
              - run: find . -type f | sort | tr '\\n' ' '
              - uses: actions/download-artifact@PIN
                with: {name: one, path: here}
              - uses: actions/download-artifact@PIN
                with: {pattern: t*, merge-multiple: true, path: merged}
              - run: find here merged -type f | sort | tr '\\n' ' '
              - id: gone
                continue-on-error: true
                uses: actions/download-artifact@PIN
                with: {name: no}
        """
    result = run(world, text)
    assert result.conclusion == "success", result
    make, use = result.jobs["make"], result.jobs["use"]
    assert (make.step("again").outcome, make.step("nothing").outcome) == ("failure", "failure")
    everything = "./one/plan ./tree/a.json ./tree/deep/b.json"
    two = "./two/out/a.json ./two/out/deep/b.json ./two/plan"
    assert use.steps[1].log[0].split() == f"{everything} {two}".split()
    merged = "merged/a.json merged/deep/b.json merged/out/a.json merged/out/deep/b.json merged/plan"
    assert use.steps[4].log[0].split() == f"here/plan {merged}".split()
    assert use.step("gone").outcome == "failure"
    assert (result.artifacts / "one" / "plan").read_text() == "1\n"


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


def test_a_step_that_is_checked_is_not_run(world: World) -> None:
    text = """
        on: push
        jobs:
          job:
            runs-on: ubuntu-latest
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
        on: push
        jobs:
          job:
            runs-on: ubuntu-latest
            steps:
              - run: sleep 1000 & echo "$!" > "$RUNNER_TEMP/pid"; wait
                timeout-minutes: 0.01
              - {if: always(), run: 'test ! -e "/proc/$(cat "$RUNNER_TEMP/pid")/cwd"'}
        """
    steps = run(world, text).jobs["job"].steps
    assert [step.outcome for step in steps] == ["failure", "success"]
    assert steps[0].code is None


def test_a_job_ends_what_its_steps_left_in_the_background(world: World) -> None:
    text = """
        on: push
        jobs:
          job:
            runs-on: ubuntu-latest
            steps:
              - {id: a, run: 'sleep 1000 > "$FIFO" & echo "pid=$!" >> "$GITHUB_OUTPUT"'}
              - run: kill -0 "${{ steps.a.outputs.pid }}"
        """
    fifo = world.folder / "fifo"
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        job = run(world, text, passthrough={"FIFO": str(fifo)}).jobs["job"]
        assert job.conclusion == "success", job
        os.set_blocking(reading, True)
        # The end of the file comes when nobody writes to it any more.
        assert os.read(reading, 1) == b""
    finally:
        os.close(reading)


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
            steps: [run: 'echo "${{ inputs.what }} ${{ inputs.ref }} ${{ inputs.apply }}"']
        """
    one, file = runner(world), world.workflow(text)
    by_hand = events.by_hand(world.origin, REPOSITORY, {"apply": "true", "what": "plan"})
    assert one.run(file, by_hand).log == "plan  true"
    assert (
        one.run(file, events.by_hand(world.origin, REPOSITORY, {"what": "plan"})).conclusion
        == "skipped"
    )
    with pytest.raises(Unknown, match="not among"):
        one.run(file, events.by_hand(world.origin, REPOSITORY, {"what": "drop"}))


def test_a_workflow_is_read_at_the_events_commit(world: World) -> None:
    old = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [run: echo old]}}\n"
    world.commit("Old", **{"w.yml": old})
    event = pushed(world)
    world.commit("New", **{"w.yml": old.replace("old", "new")})
    one = runner(world)
    assert one.run("w.yml", event.again()).log == "old"
    assert one.run("w.yml", pushed(world)).log == "new"


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

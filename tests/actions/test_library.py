"""The actions that the runner does itself, and composite ones."""

from __future__ import annotations

import pytest

from tests.actions import events
from tests.actions.unknown import Unknown
from tests.actions.world import REPOSITORY, World, pushed, run, runner


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
        echo "$GITHUB_ACTION_REPOSITORY $GITHUB_JOB"
    - {if: failure(), shell: bash, run: echo never}
""",
        encoding="utf-8",
    )
    text = """
        steps:
          - id: ours
            uses: acme/pipeline@PIN
            with: {word: hello}
            env: {OUTER: outer}
          - run: echo "${{ steps.ours.outputs.said }}"
        """
    result = run(world, text, actions={"acme/pipeline": folder})
    assert result.conclusion == "success", result
    assert result.jobs["job"].steps[0].log[-2:] == ("action.yml", "acme/pipeline job")
    assert result.jobs["job"].steps[1].log == ("hello outer main",)
    with pytest.raises(Unknown, match="input 'wrod' of acme/pipeline"):
        run(world, text.replace("{word", "{wrod"), actions={"acme/pipeline": folder})


def test_a_local_action_comes_from_the_checkout(world: World) -> None:
    action = "runs: {using: composite, steps: [{shell: sh, run: exit 4}]}\n"
    world.commit("Action", **{"action.yml": action})
    text = """
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
              - id: bare
                uses: actions/upload-artifact@PIN
                with: {name: other, path: out/c.txt, archive: false}
              - id: several
                continue-on-error: true
                uses: actions/upload-artifact@PIN
                with: {path: out, archive: false}
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
    assert make.step("several").outcome == "failure"
    bare = make.step("bare").outputs
    assert bare["artifact-url"].endswith(f"/runs/{result.run_id}/artifacts/{bare['artifact-id']}")
    everything = "./c.txt/c.txt ./one/plan ./tree/a.json ./tree/deep/b.json"
    two = "./two/out/a.json ./two/out/deep/b.json ./two/plan"
    assert use.steps[1].log[0].split() == f"{everything} {two}".split()
    merged = "merged/a.json merged/deep/b.json merged/out/a.json merged/out/deep/b.json merged/plan"
    assert use.steps[4].log[0].split() == f"here/plan {merged}".split()
    assert use.step("gone").outcome == "failure"
    assert (result.artifacts / "one" / "plan").read_text() == "1\n"


def test_a_python_is_set_up_that_is_not_the_tests_own_environment(world: World) -> None:
    text = """
        steps:
          - {id: p, uses: actions/setup-python@PIN, with: {python-version: "3.12"}}
          - run: python -c 'import sys; print(sys.prefix == sys.base_prefix)'
          - run: command -v ruff || echo none
        """
    result = run(world, text)
    steps = result.jobs["job"].steps
    assert [step.log for step in steps[1:]] == [("True",), ("none",)]
    assert steps[0].log[0].startswith("Python 3.12 is wanted; 3.")
    with pytest.raises(Unknown, match=r"python-version '2\.7'"):
        run(world, text.replace("3.12", "2.7"))


def test_artifacts_of_another_run_need_a_token_that_may_read_them(world: World) -> None:
    one = runner(world, token=lambda permissions: f"token{len(permissions)}")
    make = """
        steps: [run: echo 1 > a, {uses: actions/upload-artifact@PIN, with: {path: a}}]
        """
    run_id = one.run(world.workflow(make), pushed(world)).run_id
    use = f"""
        on: push
        permissions: {{actions: read}}
        jobs:
          job:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/download-artifact@PIN
                with: {{name: artifact, run-id: {run_id}, github-token: "${{{{ github.token }}}}"}}
              - run: cat a
        """
    assert one.run(world.workflow(use), pushed(world)).log == "1"
    refused = one.run(world.workflow(use.replace("actions: read", "")), pushed(world))
    assert "actions: read is needed" in refused.log

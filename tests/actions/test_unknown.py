"""What the runner does not know fails, with the place where it stands, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.actions.events import Event
from tests.actions.grants import Settings
from tests.actions.runner import Runner
from tests.actions.unknown import Unknown
from tests.actions.world import PIN, REPOSITORY, World, run

KNOWN = """
on: {push: {branches: [main]}, workflow_dispatch: {inputs: {a: {type: string}}}}
permissions: {contents: read}
concurrency: {group: g, cancel-in-progress: false}
env: {TOP: "${{ vars.X }}"}
jobs:
  one:
    runs-on: ubuntu-latest
    outputs: {o: "${{ steps.s.outputs.o }}"}
    steps:
      - {id: s, run: "true"}
  two:
    needs: one
    if: needs.one.outputs.o == ''
    runs-on: ubuntu-latest
    permissions: {issues: write}
    strategy: {matrix: {python: [1, 2]}}
    env: {JOB: "${{ secrets.X }}"}
    steps:
      - {name: N, id: s, if: false, run: "echo ${{ matrix.python }}", env: {A: b}}
      - {name: U, if: false, uses: actions/checkout@PIN, with: {fetch-depth: 1}}
"""


def test_the_known_one_is_known(world: World) -> None:
    assert run(world, KNOWN).conclusion == "success"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("on: {push", "onn: 1\non: {push", "workflow: key 'onn'"),
        ("push:", "pull_request_target:", "trigger 'pull_request_target'"),
        ("branches:", "branch:", "on.push: key 'branch'"),
        ("type: string", "type: text", "input a: type 'text'"),
        ("contents: read", "content: read", "permissions: key 'content'"),
        ("contents: read", "contents: all", "permissions: contents: 'all'"),
        ("contents: read", "id-token: read", "permissions: id-token: 'read'"),
        ("{group: g,", "{groups: g,", "concurrency: key 'groups'"),
        ("group: g", 'group: "${{ secrets.X }}"', "secrets is not available here"),
        ("vars.X", "env.X", "env is not available here"),
        ("vars.X", "varz.X", "varz is no context here"),
        ("runs-on: ubuntu-latest\n    outputs", "outputs", "job one: no runs-on"),
        ("steps.s.outputs.o", "steps.t.outputs.o", "has no property 't'"),
        ("steps.s.outputs.o", "steps.s.output.o", "steps.s has no property 'output'"),
        ("needs: one", "needs: other", "job two needs 'other'"),
        ("needs: one\n", "services: {}\n", "job two: job: key 'services'"),
        ("needs.one.outputs.o == ''", "needs.one.outputs.p", "has no property 'p'"),
        ("needs.one.outputs.o == ''", "needs.two.result", "has no property 'two'"),
        ("needs.one.outputs.o == ''", "secrets.X != ''", "if: secrets is not available"),
        ("needs.one.outputs.o == ''", "env.X != ''", "if: env is not available"),
        ("needs.one.outputs.o == ''", "matrix.python == 1", "if: matrix is not available"),
        ("needs.one.outputs.o == ''", "github.workspace", "has no property 'workspace'"),
        ("needs.one.outputs.o == ''", "hashFiles('x')", "function hashFiles()"),
        ("needs.one.outputs.o == ''", "succeeded()", "function succeeded()"),
        ("needs.one.outputs.o == ''", "a ==", "no expression"),
        ("secrets.X", "runner.os", "runner is not available here"),
        ("matrix.python", "matrix.pyton", "job two: step 1 N: matrix has no property 'pyton'"),
        (
            "    strategy: {matrix: {python: [1, 2]}}\n",
            "",
            "1 N: matrix is not available here",
        ),
        ("matrix.python", "github.reff", "github has no property 'reff'"),
        ("matrix.python", "steps.s.outputs.o", "before this one, has no property 's'"),
        ("matrix.python", "runner.cores", "runner has no property 'cores'"),
        ("matrix.python", "job.state", "job has no property 'state'"),
        ("matrix.python", "always()", "always() cannot be called here"),
        ("matrix: {", "matrix2: {", "strategy: key 'matrix2'"),
        ("python: [1, 2]", "python: []", "matrix: python is []"),
        ("if: false, run", "when: false, run", "step 1 N: step: key 'when'"),
        ("if: false, run", "shell: pwsh, run", "shell 'pwsh'"),
        ("if: false, run", "shell: 'bash -x {0}', run", "shell 'bash -x {0}'"),
        ("if: false, run", "if: '${{ false }} && x', run", "always true"),
        ("env: {A: b}}", "uses: x}", "a step has run or uses"),
        ("env: {A: b}}", "with: {}}", "with in a step that runs"),
        ("if: false, uses", "shell: sh, uses", "shell in a step that uses"),
        ("name: U", "id: s", "two steps with one id"),
        ("actions/checkout@PIN", "actions/checkout@v4", "no action pinned by a commit"),
        ("actions/checkout@PIN", "actions/checkouts@PIN", "action actions/checkouts"),
        ("actions/checkout@PIN", "docker://debian", "no action pinned by a commit"),
        ("fetch-depth: 1", "depth: 1", "step 2 U: input 'depth' of actions/checkout"),
        ("TOP:", "TOP: x\n  TOP:", "no YAML"),
        ("env: {A: b}", "env: {A: b, A: c}", "key 'A' twice, line 20"),
    ],
)
def test_a_slip_fails_before_anything_runs(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert KNOWN.count(old) >= 1
    file = tmp_path / "test.yml"
    file.write_text(KNOWN.replace(old, new, 1).replace("@PIN", PIN), encoding="utf-8")
    one = Runner(tmp_path, tmp_path / "no-origin", Settings(REPOSITORY))
    with pytest.raises(Unknown) as caught:
        one.load(file, Event("push", "0" * 40, "refs/heads/main"))
    assert says in str(caught.value)
    assert str(caught.value).startswith("test.yml: ")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("branches: [main]", "branches: [other]", "does not listen to this push"),
        ("needs: one\n", "needs: [one, two]\n", "jobs that need each other: two"),
        ("runs-on: ubuntu-latest\n    outputs", "runs-on: windows-latest\n    outputs", "runs-on"),
        ("if: false, run", "run", "[1]"),
        ("JOB:", "GITHUB_SHA:", "env sets GITHUB_SHA"),
        ("JOB:", "NODE_OPTIONS:", "env sets NODE_OPTIONS"),
        ("runs-on: ubuntu-latest\n    perm", "runs-on: self\n    perm", "runs-on 'self'"),
        ("env: {JOB", "environment: nowhere\n    env: {JOB", "environment 'nowhere'"),
        ('run: "true"', 'run: "echo ::set-output name=a::b"', "::set-output name=a::b"),
        ('run: "true"', "run: echo GITHUB_JOB=1 >> $GITHUB_ENV", "env sets GITHUB_JOB"),
    ],
)
def test_what_only_a_run_shows_fails_it(world: World, old: str, new: str, says: str) -> None:
    assert KNOWN.count(old) >= 1
    text = KNOWN.replace(old, new, 1).replace("python: [1, 2]", "python: [[1], 2]")
    with pytest.raises(Unknown) as caught:
        run(world, text)
    assert says in str(caught.value)

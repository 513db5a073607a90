"""Workflows that call others, what `$/` means in them, and what a pull request shows of it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.actions import events
from tests.actions.grants import Environment
from tests.actions.protection import Protection
from tests.actions.results import Result
from tests.actions.unknown import Unknown
from tests.actions.world import PIN, REPOSITORY, World, pushed, runner, settings

CALLEE = """
    on:
      workflow_call:
        inputs:
          who: {type: string, required: true}
          names: {type: string, default: '["one", "two"]'}
        secrets:
          TOKEN: {required: false}
    permissions: {}
    jobs:
      hello:
        name: Hello
        runs-on: ubuntu-latest
        environment: live
        permissions: {contents: read}
        outputs: {said: "${{ steps.say.outputs.said }}"}
        steps:
          - uses: $/.github/actions/say
            id: say
            with: {text: "${{ inputs.who }}"}
          - run: |
              echo "$WHERE, $TOKEN, ${{ secrets.OTHER }}"
            env:
              TOKEN: ${{ secrets.TOKEN }}
              WHERE: ${{ job.workflow_repository }} at ${{ job.workflow_sha }}
      many:
        name: Many of ${{ matrix.name }}
        if: github.ref == 'refs/heads/main'
        needs: hello
        strategy:
          matrix:
            name: ${{ fromJSON(inputs.names) }}
        runs-on: ubuntu-latest
        steps: [run: "echo ${{ needs.hello.outputs.said }} ${{ matrix.name }}"]
    """
ACTION = """
    name: Say
    inputs: {text: {default: nobody}}
    outputs: {said: {value: "${{ steps.it.outputs.said }}"}}
    runs:
      using: composite
      steps:
        - id: it
          shell: bash
          run: |
            cat "$GITHUB_ACTION_PATH/../../greeting"
            echo "said=hello ${{ inputs.text }}" >> "$GITHUB_OUTPUT"
    """
CALLER = """
    on: [push, pull_request]
    permissions: {}
    jobs:
      ours:
        name: Ours
        permissions: {contents: read}
        uses: USES/.github/workflows/callee.yml
        with: {who: Ann}
        secrets: {TOKEN: "${{ secrets.TOKEN }}"}
    """
OWN = settings({"OTHER": "of-the-repository"}, live=Environment({"TOKEN": "of-the-environment"}))


def files(folder: Path, greeting: str) -> None:
    texts = {"workflows/callee.yml": CALLEE, "actions/say/action.yml": ACTION, "greeting": greeting}
    for name, text in texts.items():
        path = folder / ".github" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text.replace("${{ secrets.OTHER }}", "")), "utf-8")


def called(world: World, uses: str, folders: Mapping[str, Path] | None = None) -> Result:
    files(world.clone, "from the repository\n")
    world.commit()
    pin = PIN if uses.startswith("acme") else ""
    text = CALLER.replace("USES", uses).replace("callee.yml", f"callee.yml{pin}")
    result = runner(world, OWN, actions=folders or {}).run(world.workflow(text), pushed(world))
    assert result.conclusion == "success", str(result)
    return result


def test_a_workflow_calls_another_one_of_its_own_commit(world: World) -> None:
    result = called(world, "$")
    commit = world.git("rev-parse", "HEAD")
    hello = result.jobs["ours / hello"]
    assert "from the repository" in hello.log
    # the environment's secret, since the caller passes on its name
    assert f"{REPOSITORY} at {commit}, ***, " in hello.log
    assert hello.secrets == frozenset({"TOKEN"})
    assert result.jobs["ours / many (two)"].log == "hello Ann two"


def test_a_workflow_of_another_repository_brings_the_actions_of_its_commit(world: World) -> None:
    other = world.folder / "other"
    files(other, "from the other one\n")
    result = called(world, "acme/tools", {"acme/tools": other})
    log = result.jobs["ours / hello"].log
    assert "from the other one" in log
    assert f"acme/tools at {PIN.removeprefix('@')}" in log


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("{contents: read}", "{issues: read}", "asks for contents: read"),
        ("with: {who: Ann}", "with: {whom: Ann}", "'whom'"),
        ("with: {who: Ann}", "with: {}", "requires 'who'"),
        ("secrets: {TOKEN:", "secrets: {TOKN:", "'TOKN'"),
        ('secrets: {TOKEN: "${{ secrets.TOKEN }}"}', "secrets: inherit", "name those"),
        ("callee.yml", "callee.yml@main", "no workflow pinned"),
    ],
)
def test_what_a_called_workflow_does_not_take_is_refused(
    world: World, old: str, new: str, why: str
) -> None:
    files(world.clone, "")
    world.commit()
    text = CALLER.replace("USES", "$")
    assert old in text
    with pytest.raises(Unknown, match=why):
        runner(world, OWN).run(world.workflow(text.replace(old, new)), pushed(world))


def test_a_matrix_that_is_skipped_publishes_one_check_which_nobody_can_require(
    world: World,
) -> None:
    on_main = called(world, "$")
    world.pull(1, change="one")
    event = events.pull_request(world.origin, REPOSITORY, 1, branch="change-1", fork="bob/fields")
    skipped = runner(world, OWN).run(world.workflow(CALLER.replace("USES", "$")), event)
    assert on_main.checks == {
        "Ours / Hello": "success",
        "Ours / Many of one": "success",
        "Ours / Many of two": "success",
    }
    assert skipped.checks == {
        "Ours / Hello": "success",
        "Ours / Many of ${{ matrix.name }}": "skipped",
    }
    assert Protection(("Ours / Hello",)).missing([skipped]) == {}
    every = Protection(("Ours / Hello", "Ours / Many of one"))
    assert every.missing([on_main]) == {}
    assert every.missing([skipped]) == {"Ours / Many of one": "expected"}


def test_a_cache_is_found_by_the_ref_that_saved_it_and_by_pull_requests(world: World) -> None:
    text = """
        on: [push, pull_request]
        jobs:
          job:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/cache@PIN
                with: {path: kept, key: one}
              - run: |
                  cat kept/it || { mkdir kept; echo "made by $GITHUB_REF" > kept/it; }
        """
    world.commit()
    world.pull(1, change="one")
    event = events.pull_request(world.origin, REPOSITORY, 1, branch="change-1")
    shared = runner(world)
    workflow = world.workflow(text)
    assert "not found" in shared.run(workflow, event).log
    assert (
        "not found" in shared.run(workflow, pushed(world)).log
    )  # that of a pull request is its own
    assert "made by refs/heads/main" in shared.run(workflow, pushed(world)).log
    assert "made by refs/pull/1/merge" in shared.run(workflow, event).log

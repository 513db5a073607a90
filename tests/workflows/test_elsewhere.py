"""The action in somebody else's repository, and the tests' own workflow."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.actions import events
from tests.actions.grants import Settings
from tests.actions.runner import Runner
from tests.actions.workflow import Step
from tests.workflows.published import ROOT, committed, git, published
from tests.workflows.seed import seed
from tests.workflows.world import World

PIN = "3d3c42e5aac5ba805825da76410c181273ba90b1"
THEIRS = f"""
name: Fields
on: push
permissions: {{contents: read}}
jobs:
  validate:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@{PIN}
      - uses: acme/fieldkeep@{PIN}
        with:
          run: validate --format github
      - run: fieldkeep list --store sqlite:///nothing.db || echo "ended with $?"
"""
PROJECT = '[tool.fieldkeep]\nowner = "us"\n'


@pytest.fixture
def theirs(tmp_path: Path) -> Runner:
    """A repository that holds nothing but fields, on a GitHub where the action is ours."""
    clone, origin, action = (tmp_path / name for name in ("clone", "origin.git", "action"))
    published(action)
    seed(action, quickly=False)  # here the program is started as everywhere else
    (clone / "fields").mkdir(parents=True)
    (clone / ".github" / "workflows").mkdir(parents=True)
    (clone / ".github" / "workflows" / "fields.yml").write_text(THEIRS, "utf-8")
    (clone / "pyproject.toml").write_text(PROJECT, "utf-8")
    (clone / "fields" / "company.yaml").write_text("name: company\ntype: strnig\n", "utf-8")
    committed(clone)
    git(tmp_path, "clone", "--quiet", "--bare", str(clone), str(origin))
    settings = Settings("bob/labels")
    return Runner(tmp_path / "github", origin, settings, actions={"acme/fieldkeep": action})


def test_another_repository_uses_it_in_three_lines(theirs: Runner) -> None:
    event = events.push(theirs.origin, "bob/labels")
    done = theirs.run(".github/workflows/fields.yml", event)
    assert done.conclusion == "failure"
    (error,) = [one for one in done.annotations if one.file]
    assert (error.level, error.file, error.line) == ("error", "fields/company.yaml", 2)

    clone = theirs.origin.parent / "clone"
    (clone / "fields" / "company.yaml").write_text("name: company\n", "utf-8")
    committed(clone, "Mended")
    git(clone, "push", "--quiet", str(theirs.origin), "main")
    done = theirs.run(".github/workflows/fields.yml", events.push(theirs.origin, "bob/labels"))
    assert done.conclusion == "success", str(done)
    # later steps find the program on PATH
    assert "ended with 1" in done.jobs["validate"].steps[-1].log[-1]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('sync --reason "as agreed" --dry-run', ["sync", "--reason", "as agreed", "--dry-run"]),
        (r"sync --reason=it\'s --dry-run", ["sync", "--reason=it's", "--dry-run"]),
        ("list\n--env #1 $HOME '*'", ["list", "--env", "#1", "$HOME", "*"]),
        ("get ''", ["get", ""]),
        ("sync --reason=it's --dry-run", None),
        ('sync --reason "', None),
        ("sync --dry-run \\", None),
    ],
)
def test_the_action_drops_no_word_of_a_command_line(
    tmp_path: Path, line: str, words: list[str] | None
) -> None:
    program = tmp_path / "fieldkeep"
    program.write_text('#!/bin/sh\nprintf "%s\\0" "$@"\n', "utf-8")
    program.chmod(0o755)
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", action["runs"]["steps"][-1]["run"]],
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "COMMAND_LINE": line},
        capture_output=True,
        text=True,
        check=False,
    )
    if words is None:
        assert (done.returncode, done.stdout) == (64, "")
        assert "cannot be split into words" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert done.stdout.split("\0")[:-1] == words


def test_the_tests_run_on_every_python_as_a_person_would_run_them(world: World) -> None:
    seen: list[tuple[str, str]] = []
    images: list[str] = []

    def check(step: Step, environment: Mapping[str, str]) -> None:
        seen.append((str(step.run), environment["CI"]))

    def contained(_: object, image: str) -> bool:
        images.append(image.split("@", maxsplit=1)[0])
        return True

    world.runner.checked = {"scripts/test": check}
    world.runner.containers = contained
    done = world.run("test", world.pushed())
    assert done.conclusion == "success", str(done)
    assert images == [f"python:3.{minor}-bookworm" for minor in (11, 12, 13, 14)]
    assert seen == [("scripts/test", "true")] * 4
    assert all(job.secrets == frozenset() for job in done.jobs.values())
    ours = (ROOT / "README.md").read_text("utf-8")
    assert "$ scripts/test" in ours

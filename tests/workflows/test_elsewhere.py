"""The action in somebody else's repository, and the tests' own workflow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

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
    seed(action)
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

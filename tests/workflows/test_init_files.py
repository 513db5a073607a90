"""The CI files that init writes, as the forges and the tools that audit them read them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fieldkeep.core.init import CI_FILES
from tests.real import forked
from tests.real.tools import environment, tool
from tests.release import elsewhere
from tests.scenarios import world
from tests.scenarios.world import PATIENCE
from tests.workflows.published import git


@pytest.fixture
def team(tmp_path: Path, release: str) -> Path:
    assert release
    folder = tmp_path / "team"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def init(team: Path, ci: str) -> list[Path]:
    variables = {**world.environment(), **elsewhere(team.parent / "release")}
    done = forked.run(["init", "--ci", ci], team, variables, PATIENCE)
    assert done.code == 0, done.err
    return [team / path for path in CI_FILES[ci]]


def checked(folder: Path, name: str, *words: str | Path) -> str:
    done = subprocess.run(
        [tool(name), *map(str, words)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_githubs_are_clean(team: Path) -> None:
    paths = init(team, "github")
    checked(team, "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *paths)
    choices = ("--persona", "pedantic", "--strict-collection", "--no-progress", "--collect=all")
    assert "No findings" in checked(team, "zizmor", "--offline", *choices, ".")
    for path in paths:
        checked(team, "jactionlint", path)


def test_gitlabs_are_clean(team: Path) -> None:
    paths = init(team, "gitlab")
    checked(team, "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *paths)

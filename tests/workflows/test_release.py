"""A release is of the version that it is tagged with, and holds what the tests install."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from fieldkeep import __version__
from tests import installed

ROOT = Path(__file__).parents[2]
STEPS = {
    step.get("name"): step
    for step in yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))["jobs"][
        "build"
    ]["steps"]
}
CHANGELOG = """# Changelog

## [Unreleased]

- later

## [1.2.3] - 2026-01-02

### Added

- this

## [1.2.2] - 2026-01-01

- earlier
"""


def ran(step: str, folder: Path, tag: str) -> subprocess.CompletedProcess[str]:
    (folder / "temp").mkdir(exist_ok=True)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[step]["run"]],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "GITHUB_REF_NAME": tag, "RUNNER_TEMP": str(folder / "temp")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("tag", "code"), [(f"v{__version__}", 0), ("v99.0.0", 1)])
def test_only_the_tag_of_the_version_is_released(tmp_path: Path, tag: str, code: int) -> None:
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    done = ran("Refuse a tag that is not the version", tmp_path, tag)
    assert done.returncode == code
    assert ("the tag is v99.0.0" in done.stdout) is bool(code)


@pytest.mark.parametrize(("tag", "code"), [("v1.2.3", 0), ("v1.2", 1), ("v9.9.9", 1)])
def test_the_notes_are_the_changelogs_section(tmp_path: Path, tag: str, code: int) -> None:
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, "utf-8")
    done = ran("Take the notes from the changelog", tmp_path, tag)
    assert done.returncode == code, done.stderr
    notes = (tmp_path / "temp" / "release" / "notes.md").read_text("utf-8")
    assert notes.split() == ([] if code else ["###", "Added", "-", "this"])


def test_what_is_tested_is_built_as_a_release_is() -> None:
    words = STEPS["Build"]["run"].replace("\\\n", " ").split()
    assert words[:2] == [".venv/bin/uv", "build"]
    assert set(installed.CHOICES) <= set(words)
    assert set(words[2:]) - set(installed.CHOICES) == {
        "--python",
        ".venv/bin/python",
        "--out-dir",
        '"$RUNNER_TEMP/release"',
    }

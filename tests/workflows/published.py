"""This repository as somebody else gets it, and repositories for tests to work in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.sample import put_sample

ROOT = Path(__file__).parents[2]
# What a run of the pipeline needs; a checkout of all the tests would only take time.
PUBLISHED = (
    *(".github", "action.yml", "docs", "schema", "scripts"),
    *("LICENSE", "README.md", "pyproject.toml", "requirements.lock", ".pre-commit-hooks.yaml"),
)


def published(folder: Path) -> Path:
    """A copy of what is published, with the sample's data; the folder may be there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PUBLISHED:
        copied(ROOT / name, folder / name)
    put_sample(folder)
    return folder


def copied(source: Path, target: Path) -> None:
    """A file, or a folder without what Python leaves in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(source, target, ignore=ignored)
    else:
        shutil.copy(source, target)


def packed(folder: Path) -> Path:
    """A repository of what is published, to copy: loose objects would be packed at each fetch."""
    committed(published(folder))
    git(folder, "repack", "-a", "-d", "--quiet")
    return folder


def git(folder: Path, *arguments: str) -> str:
    """What git prints, as Ann, whoever runs the tests."""
    ann = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    done = subprocess.run(
        ["git", *ann, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def committed(folder: Path, message: str = "As it is") -> str:
    """All that is there, on main of a repository that is made if need be; the commit."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")

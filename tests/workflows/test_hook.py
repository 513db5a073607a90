"""The pre-commit hook, installed from this repository as somebody else's would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.real.tools import tool

ROOT = Path(__file__).parents[2]
PUBLISHED = (
    "scripts",
    "schema",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".pre-commit-hooks.yaml",
)
BROKEN = "name: company\ndispaly_name: Company\ntype: strnig\n"


def git(folder: Path, *arguments: str) -> None:
    me = ("-c", "user.name=Hook", "-c", "user.email=hook@example.org")
    subprocess.run(["git", *me, *arguments], cwd=folder, check=True, capture_output=True)


def committed(folder: Path) -> Path:
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is")
    return folder


def published(folder: Path) -> Path:
    folder.mkdir()
    for name in PUBLISHED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return committed(folder)


def ran(command: list[str], folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    kept = {n: v for n, v in os.environ.items() if n == "PATH" or n.startswith("PIP_")}
    environment = {**kept, "HOME": str(home), "PRE_COMMIT_HOME": str(home / "cache")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_hook_says_what_validate_says(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    project = tmp_path / "project"
    (project / "fields").mkdir(parents=True)
    (project / "fields" / "company.yaml").write_text(BROKEN, "utf-8")
    (project / "fields" / "site.yaml").write_text("name: site\n", "utf-8")
    committed(project)

    hook = [
        tool("pre-commit"),
        "try-repo",
        str(published(tmp_path / "fieldkeep")),
        "fieldkeep-validate",
    ]
    done = ran([*hook, "--all-files"], project, home)
    said = ran([sys.executable, "-m", "fieldkeep", "validate"], project, home)

    assert done.returncode == said.returncode == 1, done.stdout + done.stderr
    assert "fields/company.yaml:2:1" in said.stdout
    assert "exit code: 1" in done.stdout
    shown = re.sub(r"[ \t]+\n", "\n", done.stdout)
    assert said.stdout.strip() in shown

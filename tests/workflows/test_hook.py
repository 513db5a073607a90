"""The pre-commit hook, installed from this repository as somebody else's would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.real.tools import tool
from tests.workflows.published import ROOT, committed, published

BROKEN = "name: company\ndispaly_name: Company\ntype: strnig\n"


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

    ours = published(tmp_path / "fieldkeep")
    committed(ours)
    hook = [tool("pre-commit"), "try-repo", str(ours), "fieldkeep-validate"]
    done = ran([*hook, "--all-files"], project, home)
    said = ran([sys.executable, "-m", "fieldkeep", "validate"], project, home)

    assert done.returncode == said.returncode == 1, done.stdout + done.stderr
    assert "fields/company.yaml:2:1" in said.stdout
    assert "exit code: 1" in done.stdout
    shown = re.sub(r"[ \t]+\n", "\n", done.stdout)
    assert said.stdout.strip() in shown


def test_our_own_hooks_run_what_is_installed_already() -> None:
    config = ROOT / ".pre-commit-config.yaml"
    subprocess.run([tool("pre-commit"), "validate-config", str(config)], check=True)
    for repository in yaml.safe_load(config.read_text("utf-8"))["repos"]:
        assert repository["repo"] == "local"
        for hook in repository["hooks"]:
            assert hook["language"] == "system"
            program = hook["entry"].split()[0]
            assert program == f".venv/bin/{Path(program).name}"
            assert Path(tool(Path(program).name)).exists()

"""The pre-commit hook, installed from this repository as somebody else's would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.real.tools import tool
from tests.workflows.published import ROOT, committed, published

SOURCE = 'sources = { north = "monitoring/prometheus.yml" }\n'
NO_URL = "remote_write:\n- name: a\n"
CONFIG = """\
repos:
- repo: {}
  rev: {}
  hooks: [{{id: fieldkeep-validate}}, {{id: fieldkeep-prometheus}}]
"""
BROKEN = "name: company\ndispaly_name: Company\ntype: strnig\n"


def ran(command: list[str], folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    kept = {n: v for n, v in os.environ.items() if n == "PATH" or n.startswith("PIP_")}
    environment = {**kept, "HOME": str(home), "PRE_COMMIT_HOME": str(home / "cache")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def team(folder: Path, configuration: str) -> None:
    (folder / "fields").mkdir(parents=True)
    (folder / "monitoring").mkdir()
    (folder / "fields" / "site.yaml").write_text("name: site\n", "utf-8")
    (folder / "fieldkeep.toml").write_text(SOURCE, "utf-8")
    (folder / "monitoring" / "prometheus.yml").write_text(configuration, "utf-8")


def test_the_hooks_say_what_validate_says(tmp_path: Path) -> None:
    """In one test, because pre-commit installs a repository once for all of its hooks."""
    home, fields, teams = (tmp_path / name for name in ("home", "fields-only", "teams"))
    home.mkdir()
    ours = published(tmp_path / "fieldkeep")
    config = CONFIG.format(ours, committed(ours))
    (fields / "fields").mkdir(parents=True)
    (fields / "fields" / "company.yaml").write_text(BROKEN, "utf-8")
    (fields / "fields" / "site.yaml").write_text("name: site\n", "utf-8")
    team(teams / "north", NO_URL)
    team(teams / "south", NO_URL)
    for project in (fields, teams):
        (project / ".pre-commit-config.yaml").write_text(config, "utf-8")
        committed(project)

    hook = [tool("pre-commit"), "run"]
    done = ran([*hook, "fieldkeep-validate", "--all-files"], fields, home)
    said = ran([sys.executable, "-m", "fieldkeep", "validate"], fields, home)
    assert done.returncode == said.returncode == 1, done.stdout + done.stderr
    assert "fields/company.yaml:2:1" in said.stdout
    assert "exit code: 1" in done.stdout
    shown = re.sub(r"[ \t]+\n", "\n", done.stdout)
    assert said.stdout.strip() in shown

    # the project of a changed configuration is checked, and no other
    changed = ["--files", "north/monitoring/prometheus.yml"]
    done = ran([*hook, "fieldkeep-prometheus", *changed], teams, home)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "north/monitoring/prometheus.yml:2:3: error: url is missing" in done.stdout
    assert "south/" not in done.stdout


@pytest.mark.parametrize(
    ("path", "runs"),
    [
        ("prometheus/master.yml", True),
        ("monitoring/prometheus.yml", True),
        ("k8s/prometheus-configmap.yaml", True),
        ("monitoring/targets/node.json", True),
        ("fields/site.yaml", True),
        ("teams/a/schema/field.schema.json", True),
        ("teams/a/fieldkeep.toml", True),
        ("pyproject.toml", True),
        ("README.md", False),
        ("src/main.py", False),
    ],
)
def test_the_hooks_run_for_what_they_check(path: str, runs: bool) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [re.search(hook["files"], path) is not None for hook in hooks] == [runs, runs]


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

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


def test_the_hook_for_prometheus_checks_the_project_of_a_changed_configuration(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    project = tmp_path / "project"
    for team in ("north", "south"):
        folder = project / team
        (folder / "fields").mkdir(parents=True)
        (folder / "monitoring").mkdir()
        (folder / "fields" / "site.yaml").write_text("name: site\n", "utf-8")
        (folder / "fieldkeep.toml").write_text(SOURCE, "utf-8")
        (folder / "monitoring" / "prometheus.yml").write_text(NO_URL, "utf-8")
    committed(project)
    ours = published(tmp_path / "fieldkeep")
    committed(ours)
    hook = [tool("pre-commit"), "try-repo", str(ours), "fieldkeep-prometheus"]
    done = ran([*hook, "--files", "north/monitoring/prometheus.yml"], project, home)
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

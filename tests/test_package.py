"""What is installed from a wheel, and how far somebody comes with nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from fieldkeep import __version__
from tests import portuguese
from tests.real.servers import ConsulServer
from tests.release import elsewhere
from tests.scenarios.world import environment
from tests.test_readme import ROOT
from tests.workflows.published import git

Run = Callable[..., str]


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """An empty repository."""
    folder = tmp_path / "team"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=trunk")
    return folder


@pytest.fixture
def run(program: Path, team: Path) -> Run:
    """Type a command there."""

    def typed(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [program, *words],
            cwd=team,
            env={**environment(), **elsewhere(team.parent / "release")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    return typed


def test_the_wheel_holds_all_that_is_read_at_run_time(wheel: Path) -> None:
    packed = set(ZipFile(wheel).namelist())
    package = ROOT / "scripts" / "fieldkeep"
    modules = {f"fieldkeep/{path.relative_to(package)}" for path in package.rglob("*.py")}
    templates = {
        f"fieldkeep/{path.relative_to(package)}"
        for path in (package / "templates").rglob("*")
        if path.is_file()
    }
    schemas = {f"fieldkeep/schema/{path.name}" for path in (ROOT / "schema").glob("*.json")}
    pages = {f"fieldkeep/docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert modules | templates | schemas | pages | {"fieldkeep/py.typed"} <= packed
    assert len(schemas) == 2
    assert f"fieldkeep-{__version__}.dist-info/METADATA" in packed


def test_a_new_repository_is_green_at_once(run: Run, team: Path, release: str) -> None:
    said = run("init", "--ci", "github")
    assert "written: fieldkeep.toml" in said
    assert "no findings" in run("validate")
    assert "1 to create" in run("plan")
    workflows = sorted((team / ".github" / "workflows").iterdir())
    assert workflows
    for path in workflows:
        workflow = yaml.safe_load(path.read_text("utf-8"))
        (job,) = workflow["jobs"].values()
        name = path.name.replace("fieldkeep-", "reusable-")
        assert job["uses"] == f"your-org/fieldkeep/.github/workflows/{name}@{release}"
        assert f"@{release} # v{__version__}\n" in path.read_text("utf-8")
    assert 'branches: ["trunk"]' in workflows[0].read_text("utf-8")
    assert run("schema") == (ROOT / "schema" / "field.schema.json").read_text("utf-8")
    assert run("help", "merge").startswith("# Who wins\n")
    run("sync")
    git(team, "add", "--all")
    assert ".fieldkeep" not in git(team, "ls-files")


def test_what_is_live_comes_under_git_and_stays_as_it_is(
    run: Run, team: Path, consul_agent: ConsulServer, key: str
) -> None:
    consul_agent.put(key, portuguese.content())
    (team / "monitoramento").mkdir()
    (team / "monitoramento" / "prometheus.yml").write_text(portuguese.prometheus(), "utf-8")
    said = run("init", "--ci", "none", "--from-live", consul_agent.url, "--key", key)
    assert "source prometheus: monitoramento/prometheus.yml" in said
    assert len(list((team / "fields").glob("*.yaml"))) == 12
    assert "Responsável técnico" in (team / "fields" / "responsavel.yaml").read_text("utf-8")
    assert consul_agent.keys(key) == [key]
    git(team, "add", "--all")
    git(team, "commit", "--quiet", "--message", "Our fields")
    assert "0 errors, 1 warning" in run("validate", "--prometheus")
    plan = run("plan", "--env", "production")
    assert "Plan: 1 to create, 0 to update, 0 to delete\n" in plan
    run("sync", "--env", "production")
    run("plan", "--env", "production", "--exit-code")
    live = {field["name"]: field for field in json.loads(consul_agent.get(key) or b"")["fields"]}
    rack = live.pop("rack")  # a label that nobody described: known, and shown nowhere
    assert not any(value for name, value in rack.items() if name.startswith("show_in_"))
    assert live == {field["name"]: field for field in portuguese.document()["fields"]}

"""Init looks at a repository, writes what is missing, and leaves alone what is there."""

from __future__ import annotations

import json
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.portuguese import prometheus
from tests.real import forked
from tests.real.forked import Done
from tests.real.parts import ROOT
from tests.scenarios.world import PATIENCE, environment

Run = Callable[..., Done]
MAIN = "scrape_config_files: [jobs/*.yml]\nscrape_configs: []\n"
SCRAPE = "scrape_configs:\n  - job_name: a\n"
BROKEN = "{{ if .x }}\nscrape_configs:\n{{ end }}\n"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    folder = tmp_path / "team"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


def run(folder: Path, line: str, code: int = 0) -> Done:
    offline = {"GIT_ALLOW_PROTOCOL": "none"}  # the address of fieldkeep cannot be asked
    done = forked.run(line.split(), folder, {**environment(), **offline}, PATIENCE)
    assert done.code == code, done.out + done.err
    return done


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".yml").write_text(text, "utf-8")


def test_what_is_there_stays_byte_for_byte_and_is_named(team: Path) -> None:
    for name in (
        "fields/x.yaml",
        ".github/workflows/fieldkeep-apply.yml",
        "schema/field.schema.json",
    ):
        (team / name).parent.mkdir(parents=True, exist_ok=True)
        (team / name).write_text("ours\n", "utf-8")
    (team / "fieldkeep.toml").write_text('schema = "schemas"\n', "utf-8")
    before = files(team)
    said = run(team, "init --schema").out
    for name in ("fieldkeep.toml", "fields", ".github/workflows/fieldkeep-apply.yml"):
        assert f"left alone, is there already: {name}\n" in said
    after = files(team)
    assert {name: after[name] for name in before} == before
    assert {"schemas/field.schema.json", "schemas/document.schema.json"} < after.keys()
    assert ".github/workflows/fieldkeep-drift.yml" in after
    assert "git ls-remote" in said  # how to pin what could not be asked for
    assert run(team, "init --schema").out.count("written:") == 0
    assert files(team) == after


def test_configurations_become_sources_and_what_cannot_be_read_is_named(team: Path) -> None:
    write(team, north__prometheus=prometheus(), south__prometheus=SCRAPE, chart__values=BROKEN)
    write(team, central__main=MAIN, central__jobs__included=SCRAPE)
    (team / ".gitignore").write_text("/vendor/\n", "utf-8")
    write(team, vendor__prometheus=SCRAPE)
    said = run(team, "init").out
    settings = (team / "fieldkeep.toml").read_text("utf-8")
    assert tomllib.loads(settings)["sources"] == {
        "main": "central/main.yml",
        "north-prometheus": "north/prometheus.yml",
        "south-prometheus": "south/prometheus.yml",
    }
    assert "no source, cannot be read: chart/values.yml: " in said
    assert "13 labels to describe: cidade, contrato" in said
    assert (team / "fields" / "cidade.yaml").exists()
    assert "no findings" in run(team, "validate").out
    assert "13 to create" in run(team, "plan").out


def test_what_the_command_line_names_becomes_a_setting(team: Path) -> None:
    write(team, north__prometheus=prometheus(), south__prometheus=SCRAPE)
    named = "--source n=north/prometheus.yml --source http://127.0.0.1:1"
    said = run(team, f"init --key a/b --fields described {named}").out
    assert "source n: north/prometheus.yml\n" in said
    assert "source 127.0.0.1 could not be read: " in said
    settings = tomllib.loads((team / "fieldkeep.toml").read_text("utf-8"))
    assert (settings["key"], settings["fields"]) == ("a/b", "described")
    assert settings["sources"] == {"n": "north/prometheus.yml", "127.0.0.1": "http://127.0.0.1:1"}
    assert (team / "described" / "cidade.yaml").exists()
    assert "no findings" in run(team, "validate").out


@pytest.mark.parametrize(
    ("origin", "there", "ci"),
    [
        ("git@github.com:a/b.git", "", ".github/workflows/fieldkeep-apply.yml"),
        ("https://gitlab.example.org/a/b.git", "", ".gitlab/fieldkeep.yml"),
        ("https://github.com/a/b", ".gitlab-ci.yml", ".gitlab/fieldkeep.yml"),
        (
            "https://git.example.org/a/b",
            ".github/CODEOWNERS",
            ".github/workflows/fieldkeep-apply.yml",
        ),
        ("https://git.example.org/a/b", "", ""),
    ],
)
def test_ci_files_are_those_of_the_repositorys_forge(
    team: Path, origin: str, there: str, ci: str
) -> None:
    git(team, "remote", "add", "origin", origin)
    if there:
        (team / there).parent.mkdir(exist_ok=True)
        (team / there).write_text("# ours\n", "utf-8")
    inner = team / "monitoring"
    inner.mkdir()
    said = run(inner, "init --env prod --store consul://c.example:8500").out
    written = files(team).keys() - {there}
    fields = {"monitoring/fieldkeep.toml", "monitoring/fields/instance.yaml"}
    assert (ci in written) if ci else (written == fields)
    assert fields <= written
    assert "plan --env prod" in said
    assert '[environments.prod]\nstore = "consul://c.example:8500"\n' in (
        inner / "fieldkeep.toml"
    ).read_text("utf-8")
    if ci:
        assert '"monitoring"' in (team / ci).read_text("utf-8")


def test_nothing_is_written_where_something_is_wrong(team: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    assert "`git init`" in run(outside, "init", 1).err
    assert "there is no document" in run(team, "init --from-live sqlite:///none.db", 1).err
    run(team, "init --from-live consul://127.0.0.1:1", 4)
    run(team, "init --store ftp://x --from-live nonsense://y", 64)
    run(team, "init --source =", 64)
    assert "s3cret" not in run(team, "init --store consul://u:s3cret@c.example:8500", 64).err
    assert files(team) == files(outside) == {}


def test_what_is_live_is_not_passed_over_in_silence_where_fields_are(team: Path) -> None:
    run(team, "init")
    before = files(team)
    done = run(team, "init --from-live consul://127.0.0.1:1", code=64)
    assert "there are field files in fields" in done.err
    assert "fieldkeep adopt --all --store consul://127.0.0.1:1" in done.err
    assert files(team) == before


@pytest.mark.parametrize("name", ["x$(touch PWNED)", "a: b", "a #b", "${{ secrets.X }}", "a`id`"])
def test_a_folder_whose_name_a_shell_would_run_is_refused(team: Path, name: str) -> None:
    folder = team / name
    folder.mkdir()
    write(folder, prometheus=SCRAPE)
    before = files(team)
    assert "cannot stand in a CI file" in run(folder, "init --ci gitlab", code=64).err
    assert files(team) == before


def test_an_ordinary_name_that_is_not_english_is_quoted_for_shell_and_yaml(team: Path) -> None:
    folder = team / "campos da operação"
    folder.mkdir()
    run(folder, "init --ci gitlab --env homologação --schema")
    pipeline = yaml.safe_load((team / ".gitlab" / "fieldkeep.yml").read_text("utf-8"))
    script = pipeline["fieldkeep-drift"]["script"][0]
    assert shlex.split(script)[:5] == [
        *("fieldkeep", "-C", "campos da operação", "--env", "homologação"),
    ]
    assert pipeline["fieldkeep-apply"]["environment"] == {"name": "homologação"}
    editor = json.loads((team / ".vscode" / "settings.json").read_text("utf-8"))
    ((schema, fields),) = editor["yaml.schemas"].items()
    assert [path.name for path in team.glob(fields)] == ["instance.yaml"]
    assert (team / schema).read_bytes() == (ROOT / "schema" / "field.schema.json").read_bytes()

"""The workflows, forms and hooks as GitHub, and the tools that audit them, read them."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from fieldkeep.commands import cli
from fieldkeep.core.github.texts import BREAKING_LABEL
from fieldkeep.settings import settings_file
from tests.real.tools import environment, tool

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
FORMS = GITHUB / "ISSUE_TEMPLATE"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = (ROOT / "action.yml", *sorted((GITHUB / "actions").glob("*/action.yml")))
SCRIPTS = (
    *sorted((GITHUB / "scripts").iterdir()),
    *sorted((GITHUB / "bin").iterdir()),
    *(ROOT / name for name in ("scripts/sync", "scripts/test", ".ci/run")),
)
LABEL = "fieldkeep: allow-breaking"


def checked(*command: str | Path) -> str:
    code, said = asked(*command)
    assert code == 0, f"{command[0]}:\n{said}"
    return said


def asked(*command: str | Path, stdin: str | None = None) -> tuple[int, str]:
    name, *words = map(str, command)
    done = subprocess.run(
        [tool(name), *words],
        cwd=ROOT,
        env=environment(),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def load(path: Path) -> Any:
    # BaseLoader: every scalar is text, so that the key "on" stays one
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-actions", ACTIONS),
        ("dependabot", [GITHUB / "dependabot.yml"]),
        (
            "github-issue-forms",
            [FORMS / "bug.yml", FORMS / "request-a-field.yml"],
        ),
        ("github-issue-config", [FORMS / "config.yml"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_they_are_what_githubs_schemas_ask_for(schema: str, files: list[Path]) -> None:
    assert files
    checked("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


def test_zizmor_finds_nothing_to_be_pedantic_about() -> None:
    said = checked(
        *("zizmor", "--offline", "--persona", "pedantic", "--strict-collection", "--no-progress"),
        *("--collect=all", "."),
    )
    for path in (*WORKFLOWS, *ACTIONS):
        assert str(path.relative_to(ROOT)) in said
    assert "No findings" in said


def test_jactionlint_finds_nothing_and_asks_shellcheck() -> None:
    for path in WORKFLOWS:
        checked("jactionlint", path)
    checked("jactionlint")
    broken = (GITHUB / "workflows" / "reusable-apply.yml").read_text("utf-8")
    broken = broken.replace('"$GITHUB_STEP_SUMMARY"', "$(ls *)/$X")
    code, said = asked("jactionlint", "-", stdin=broken)
    assert code != 0
    assert "SC2086" in said


def test_scripts_are_clean_shell() -> None:
    checked("shellcheck", "-x", *SCRIPTS)
    for path in SCRIPTS:
        assert path.stat().st_mode & 0o111, f"{path.name} cannot be run"


def test_yaml_is_written_alike() -> None:
    checked("yamllint", "--strict", ".")


def test_the_hook_is_one() -> None:
    checked("pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")


# --------------------------------------------------------------------------- what no tool asks


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            for step in job.get("steps", ()):
                yield f"{path.name}: {name}", step
    for path in ACTIONS:
        for step in load(path)["runs"]["steps"]:
            yield str(path.relative_to(ROOT)), step


def test_every_foreign_action_is_pinned_by_commit_and_says_its_version() -> None:
    found = 0
    for path in (*WORKFLOWS, *ACTIONS):
        for line in path.read_text("utf-8").splitlines():
            if "uses:" in line:
                found += 1
                foreign = r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
                pinned = rf"\s+(- )?uses: ({foreign}|\$/\.github/[\w./-]+)"
                assert re.fullmatch(pinned, line), f"{path.name}: {line.strip()}"
    assert found > 10


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_granted_but_by_the_job(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow["on"]
    assert "workflow_run" not in workflow["on"]
    for job in workflow["jobs"].values():
        if "uses" in job:
            assert job["secrets"] != "inherit"
            continue
        assert int(job["timeout-minutes"]) <= 30
        for step in job["steps"]:
            if str(step.get("uses", "")).startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] == "false"
            assert "${{" not in step.get("run", ""), f"{step['run']}: event data is no code"


def test_who_may_write_to_a_pull_request_runs_nothing_of_it() -> None:
    found = 0
    for name, job in CALLED["pull-request"]["jobs"].items():
        writes = {right for right, level in job["permissions"].items() if level == "write"}
        if writes - {"id-token"}:
            found += 1
            assert not [step for step in job["steps"] if "checkout@" in step.get("uses", "")], name
    assert found == 1


CALLED = {
    name: load(GITHUB / "workflows" / f"reusable-{name}.yml")
    for name in ("pull-request", "apply", "drift", "propose", "drill", "recover", "catalog")
}
LINE = {"group": "fieldkeep-writers", "queue": "max", "cancel-in-progress": "false"}


def test_only_the_jobs_that_write_the_document_stand_in_one_line_which_drops_nobody() -> None:
    for workflow in CALLED.values():
        for name, job in workflow["jobs"].items():
            text = "\n".join(step.get("run", "") for step in job["steps"])
            restores = re.search(r"fieldkeep restore (?!.*--dry-run)", text.replace("\\\n", ""))
            writes = "fieldkeep sync" in text or "fieldkeep release" in text or restores
            assert (job.get("concurrency") == LINE) is bool(writes), name
            # what writes is what the environment's reviewers are asked about
            assert not (writes and job["environment"].endswith("-plan")), name


def test_a_token_is_given_to_the_steps_that_ask_consul_and_to_no_other() -> None:
    found = 0
    for workflow in CALLED.values():
        for name, job in workflow["jobs"].items():
            assert "secrets." not in str(job.get("env", {})), name
            for step in job["steps"]:
                if "CONSUL_HTTP_TOKEN" in step.get("env", {}):
                    found += 1
                    assert re.search(r"consul-login|--env", step["run"]), step["name"]
    assert found > 10


def test_the_check_to_require_reads_every_job_that_decides() -> None:
    jobs = CALLED["pull-request"]["jobs"]
    assert jobs["required"]["if"] == "${{ always() }}"
    assert set(jobs["required"]["needs"]) == set(jobs) - {"required", "comment"}
    asked = load(GITHUB / "workflows" / "pull-request.yml")["on"]
    assert "edited" in asked["pull_request"]["types"]
    assert "merge_group" in asked


def test_who_asks_about_live_has_the_whole_history_and_names_the_environment() -> None:
    """In a shallow clone the record's commit is unknown, and a rollback could not be told."""
    for workflow in CALLED.values():
        for name, job in workflow["jobs"].items():
            text = "\n".join(step.get("run", "") for step in job["steps"])
            asks = re.findall(
                r"fieldkeep (?:plan|status|history|restore|capture|sync|propose|catalog)\b.*", text
            )
            live = [line for line in asks if "--against" not in line]
            if live:
                assert job["steps"][0]["with"]["fetch-depth"] == "0", name
                assert "environment" in job, name
                assert all("--env" in line for line in live), name


def test_drift_is_about_the_branch_from_whatever_branch_somebody_starts_it() -> None:
    """A branch that says what was typed into the application would close the issue."""
    jobs = CALLED["drift"]["jobs"].values()
    checkouts = [step for job in jobs for step in job["steps"] if "checkout" in str(step)]
    assert [step["with"]["ref"] for step in checkouts] == ["${{ inputs.branch }}"] * 2


def test_what_one_job_leaves_for_another_is_not_in_the_checkout() -> None:
    """A file that somebody committed there would pass for it where the step before failed."""
    found = 0
    for _, step in steps():
        if re.match(r"actions/(up|down)load-artifact@", step.get("uses", "")):
            found += 1
            assert step["with"]["path"].startswith("${{ runner.temp }}/")
    assert found > 8


def test_the_label_is_spelt_the_same_everywhere() -> None:
    assert LABEL == BREAKING_LABEL
    for name in ("workflows/reusable-pull-request.yml", "pull_request_template.md"):
        assert LABEL in (GITHUB / name).read_text("utf-8")


# --------------------------------------------------------------------------- our own commands

STANDS_FOR = {
    "ENVIRONMENT": "production",
    "NUMBER": "7",
    "COMMAND_LINE": "validate",
    "BACKUP": "0",
    "RUN": "7",
}


def command_lines() -> Iterator[tuple[str, str]]:
    for where, step in steps():
        text = re.sub(r"\\\n\s*", " ", step.get("run", ""))
        for line in text.splitlines():
            for found in re.findall(r"(?:^|\$\(|\s)((?:fieldkeep|scripts/sync) [^|;)>]*)", line):
                yield where, found.strip()


def arguments(line: str) -> list[str]:
    """Words as the shell would give them, with every variable filled in."""
    line = re.sub(r'"\$\{(plans|states)\[@\]\}"', "title=file", line)
    line = re.sub(r'"\$\{\w+\[@\]\}"', "", line)  # flags
    line = re.sub(r"\$(\w+)", lambda found: STANDS_FOR.get(found[1], found[1].lower()), line)
    program, *words = shlex.split(line)
    return ["sync", *words] if program == "scripts/sync" else words


def parse(words: list[str]) -> None:
    """As the program would, up to where a command would run. Raises click's own errors."""
    command: click.Command = cli
    parent = None
    while True:
        context = command.make_context(command.name, list(words), parent=parent)
        if not isinstance(command, click.Group):
            return
        words = [*context._protected_args, *context.args]  # noqa: SLF001 - what click invokes next
        if not words:
            return
        _, following, words = command.resolve_command(context, words)
        assert following is not None
        command, parent = following, context


def test_every_command_line_is_one_that_the_program_takes() -> None:
    found = list(command_lines())
    assert len(found) > 20
    for where, line in found:
        try:
            parse(arguments(line))
        except click.ClickException as error:
            pytest.fail(f"{where}: {line}\n{error.format_message()}")


def test_every_environment_has_its_settings() -> None:
    known = settings_file.read(ROOT).environments
    for name in ("pull-request", "drift", "propose", "catalog"):
        inputs = CALLED[name]["on"]["workflow_call"]["inputs"]
        assert json.loads(inputs["environments"]["default"]) == sorted(known, reverse=True)
    jobs = load(GITHUB / "workflows" / "apply.yml")["jobs"]
    assert [job["with"]["environment"] for job in jobs.values()] == sorted(known, reverse=True)
    assert jobs["production"]["needs"] == "staging"
    form = load(GITHUB / "workflows" / "recover.yml")["on"]["workflow_dispatch"]["inputs"]
    assert form["environment"]["options"] == sorted(known, reverse=True)

"""What a run of a workflow came to, for tests to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.actions.commands import Command

# A run shows ten annotations of each level for a step, the first ones.
_SHOWN = 10
_LEVELS = ("error", "warning", "notice")


@dataclass(frozen=True)
class Annotation:
    """A remark on a line of a file (paths below the workspace), or on the run: then file is ''."""

    level: str
    message: str
    title: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None
    end_line: int | None = None


@dataclass(frozen=True)
class StepResult:
    """`outcome` is before continue-on-error, `conclusion` after it.

    `code` is the exit code, None where no process ran or it took too long. `checked` marks a
    step that a test looked at in place of running it.
    """

    name: str
    id: str
    outcome: str
    conclusion: str
    code: int | None = None
    log: tuple[str, ...] = ()
    commands: tuple[Command, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    checked: bool = False


@dataclass(frozen=True)
class JobResult:
    """`secrets` are the names that the job was given, `permissions` what its token may do.

    `url` is the environment's, `title` the name of its check, and `reason` why it did not run.
    """

    name: str
    conclusion: str
    steps: tuple[StepResult, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    summary: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    permissions: Mapping[str, str] = field(default_factory=dict)
    environment: str = ""
    url: str = ""
    title: str = ""
    reason: str = ""

    def step(self, name: str) -> StepResult:
        """The step with this name or id."""
        found = [step for step in self.steps if name in (step.name, step.id)]
        assert len(found) == 1, f"{name!r} among {[step.name for step in self.steps]}"
        return found[0]

    @property
    def log(self) -> str:
        return "\n".join(line for step in self.steps for line in step.log)

    def __str__(self) -> str:
        lines = [f"  {self.name}: {self.conclusion}{f' ({self.reason})' if self.reason else ''}"]
        for step in self.steps:
            code = "" if step.code is None else f", exit code {step.code}"
            lines.append(f"    {step.name}: {step.outcome}{code}")
            if step.outcome == "failure":
                lines += [f"      | {line}" for line in step.log]
        return "\n".join(lines)


@dataclass(frozen=True)
class Result:
    """Jobs by id; those of a matrix by `id (value, value)`, of a called workflow by `id / its id`.
    `artifacts` holds a folder for each."""

    workflow: str
    run_id: int
    conclusion: str
    jobs: Mapping[str, JobResult]
    artifacts: Path

    @property
    def checks(self) -> Mapping[str, str]:
        """What a pull request shows of the run: a conclusion by the name of each check."""
        return {job.title: job.conclusion for job in self.jobs.values()}

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        return tuple(found for job in self.jobs.values() for found in job.annotations)

    @property
    def summary(self) -> str:
        return "\n".join(job.summary for job in self.jobs.values() if job.summary)

    @property
    def log(self) -> str:
        return "\n".join(job.log for job in self.jobs.values())

    def __str__(self) -> str:
        head = f"{self.workflow}: {self.conclusion} (run {self.run_id})"
        return "\n".join([head, *map(str, self.jobs.values())])


def annotated(commands: tuple[Command, ...], workspace: Path) -> tuple[Annotation, ...]:
    """Those of one step that the run shows."""
    found: list[Annotation] = []
    for level in _LEVELS:
        found += [_annotation(c, workspace) for c in commands if c.name == level][:_SHOWN]
    return tuple(found)


def _annotation(command: Command, workspace: Path) -> Annotation:
    said = {key.lower(): value for key, value in command.properties.items()}
    return Annotation(
        level=command.name,
        message=command.message,
        title=said.get("title", ""),
        file=said.get("file", "").removeprefix(f"{workspace}/"),
        line=_number(said.get("line")),
        column=_number(said.get("col")),
        end_line=_number(said.get("endline")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isascii() and text.isdigit() else None

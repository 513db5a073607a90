"""Running steps, one after the other: those of a job, and those of a composite action."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.actions import files
from tests.actions.commands import Command, lines_of, obey
from tests.actions.expressions import holds, interpolate, text_of
from tests.actions.machine import usual_path
from tests.actions.places import scope, steps_shape
from tests.actions.results import Annotation, StepResult, annotated
from tests.actions.settled import Running, exact, exported
from tests.actions.unknown import Unknown, at
from tests.actions.values import Closed, Value, to_number, truthy
from tests.actions.workflow import NOWHERE, Home, Step

LONGEST = 120  # seconds that any step may take
_SUMMARY_LIMIT = 1024 * 1024
# Set by the runner after everything else: a workflow that sets them does so in vain.
_RESERVED = frozenset({"GITHUB_ACTIONS", "GITHUB_ACTION", "GITHUB_ACTION_PATH"})


@dataclass
class Done:
    """What a step came to, while it is being found out."""

    ok: bool = True
    code: int | None = None
    log: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    checked: bool = False

    def fail(self, message: str) -> None:
        """As an action does that cannot do its work."""
        self.ok = False
        self.log.append(f"##[error]{message}")
        self.commands.append(Command("error", {}, message))


@dataclass
class Frame:
    """Steps that belong together: the job's own (`place` "step"), or those of a composite."""

    running: Running
    steps: tuple[Step, ...]
    place: str = "step"
    inputs: Mapping[str, Value] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)  # of the step that uses the composite
    action_path: str = ""
    action: Home = NOWHERE  # where a composite is from
    ok: bool = True
    known: Closed = field(init=False)

    def __post_init__(self) -> None:
        self.known = steps_shape(())
        self.known.name = "steps, before this one,"

    @property
    def home(self) -> Home:
        """Where the file of these steps is from."""
        return self.running.workflow.home if self.place == "step" else self.action

    def contexts(self, env: Mapping[str, str]) -> dict[str, Value]:
        running = self.running
        github = Closed("github", dict(running.contexts["github"]))
        github |= {
            "action_path": self.action_path,
            "action_repository": self.action.repository,
            "action_ref": self.action.commit,
            "action_status": "success" if self.ok else "failure",
        }
        return {
            **running.contexts,
            "github": github,
            "runner": running.runner_context(),
            "job": running.status(),
            "env": exact(running.env, self.env, env),
            "inputs": self.inputs,
            "steps": self.known,
        }

    def run(self) -> list[StepResult]:
        results = []
        for step in self.steps:
            with at(f"step {step.number} {step.name}"):
                result = self._one(step)
            results.append(result)
            if result.conclusion == "failure":
                self.ok = False
                self.running.ok = self.running.ok and self.place != "step"
            if step.id:
                said = {"outputs": result.outputs, "outcome": result.outcome}
                said["conclusion"] = result.conclusion
                self.known[step.id] = Closed(f"steps.{step.id}", said)
        return results

    def _one(self, step: Step) -> StepResult:
        known = scope(self.place, self.contexts({}))
        with at("env"):
            env = {key: text_of(value, known) for key, value in step.env.items()}
        refuse_reserved(env)
        contexts = self.contexts(env)
        status = {
            "success": lambda: self.ok,
            "failure": lambda: not self.ok,
            "always": lambda: True,
            "cancelled": lambda: False,
        }
        known = scope(self.place, contexts)
        with at("if"):
            wanted = holds(step.condition, scope(f"{self.place} if", contexts, status))
        name = self._title(step, contexts) if wanted else step.name
        if not wanted:
            return StepResult(name, step.id, "skipped", "skipped")
        done = Done()
        if step.uses is not None:
            given = {key: text_of(value, known) for key, value in step.inputs.items()}
            self.running.runner.library.use(self, step, given, env, done)
        else:
            self._script(step, contexts, env, done)
        return self._ended(step, name, done, truthy(interpolate(step.continues, known)))

    def _title(self, step: Step, contexts: Mapping[str, Value]) -> str:
        if step.title is None:
            return step.name
        return text_of(step.title, scope(self.place, contexts))

    def _ended(self, step: Step, name: str, done: Done, continues: bool) -> StepResult:
        running = self.running
        hide = running.masks.hide
        commands = tuple(
            Command(c.name, {k: hide(v) for k, v in c.properties.items()}, hide(c.message))
            for c in done.commands
        )
        running.annotations += annotated(commands, running.machine.workspace)
        outcome = "success" if done.ok else "failure"
        return StepResult(
            name=name,
            id=step.id,
            outcome=outcome,
            conclusion="success" if continues else outcome,
            code=done.code,
            log=tuple(map(hide, done.log)),
            commands=commands,
            outputs=dict(done.outputs),
            checked=done.checked,
        )

    def environment(self, step: Step, env: Mapping[str, str]) -> dict[str, str]:
        """All that a process of a step has around it, but for the files it may write to."""
        running, machine = self.running, self.running.machine
        found = {
            "PATH": os.pathsep.join([*reversed(running.path), usual_path()]),
            "HOME": str(machine.home),
            "LANG": "C.UTF-8",
            "CI": "true",
            # No settings of this machine, no question that nobody answers.
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **running.runner.passthrough,
            **running.env,
            **self.env,
            **env,
            **exported(running.contexts["github"]),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION": step.id or "__run",
            "RUNNER_TEMP": str(machine.temp),
            "RUNNER_TOOL_CACHE": str(machine.tools),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "RUNNER_NAME": "tests",
            "RUNNER_ENVIRONMENT": "github-hosted",
        }
        if self.action_path:
            found["GITHUB_ACTION_PATH"] = self.action_path
            found["GITHUB_ACTION_REPOSITORY"] = self.action.repository
            found["GITHUB_ACTION_REF"] = self.action.commit
        if running.grants.identity:
            found |= running.identity()
        return found

    def seconds(self, step: Step, contexts: Mapping[str, Value]) -> float:
        """How long the step may take: its own limit, the job's, and this runner's."""
        own = interpolate(step.minutes, scope(self.place, contexts))
        minutes = to_number(own) if own is not None else 360.0
        return min(minutes * 60, self.running.seconds, LONGEST)

    def _script(
        self, step: Step, contexts: Mapping[str, Value], env: Mapping[str, str], done: Done
    ) -> None:
        running, known = self.running, scope(self.place, contexts)
        assert step.run is not None
        if self.place == "composite" and step.shell is None:
            raise Unknown("a composite action's run needs a shell")
        script = text_of(step.run, known)
        shell = step.shell or (running.job.defaults.shell if self.place == "step" else None)
        if shell is None and running.container:
            shell = "sh"
        around = self.environment(step, env)
        if check := running.runner.check_of(script):
            check(step, around)
            done.checked = True
            done.log.append("checked by the test, not run")
            return
        folder = running.machine.workspace
        own = step.folder if step.folder is not None or self.place != "step" else None
        folder /= text_of(own if own is not None else self._default_folder(contexts), known)
        if not folder.is_dir():
            done.fail(f"working-directory {folder} does not exist")
            return
        written = {name: running.machine.fresh(name) for name in _WRITTEN}
        around |= {f"GITHUB_{name}": str(path) for name, path in written.items()}
        seconds = self.seconds(step, contexts)
        ended = running.machine.run(script, shell, around, folder, seconds)
        done.code = ended.code
        obeyed = obey(lines_of(ended.text), running.masks)
        done.log += obeyed.shown
        done.commands += obeyed.commands
        if ended.code is None:
            done.fail(f"The step was ended after {seconds:.0f} s")
        elif ended.code:
            done.fail(f"Process completed with exit code {ended.code}.")
        self._read(written, done)

    def _default_folder(self, contexts: Mapping[str, Value]) -> Value:
        if self.place != "step":
            return ""
        return text_of(self.running.job.defaults.folder, scope("job defaults", contexts))

    def _read(self, written: Mapping[str, Path], done: Done) -> None:
        """What the step wrote to the files that it was given; read even after it failed."""
        running = self.running
        text = {name: path.read_text(encoding="utf-8") for name, path in written.items()}
        try:
            done.outputs |= dict(files.pairs(text["OUTPUT"]))
            added = dict(files.pairs(text["ENV"]))
            dict(files.pairs(text["STATE"]))
        except files.Malformed as e:
            done.fail(f"Unable to process file command successfully. {e}")
            return
        refuse_reserved(added)
        running.env |= added
        for folder in filter(None, text["PATH"].splitlines()):
            running.path = [*(known for known in running.path if known != folder), folder]
        summary = text["STEP_SUMMARY"]
        if len(summary.encode()) > _SUMMARY_LIMIT:
            size = len(summary.encode()) // 1024
            limit = "$GITHUB_STEP_SUMMARY supports content up to a size of 1024k"
            message = f"{limit}, got {size}k"
            running.annotations.append(Annotation("error", message))
        elif summary:
            running.summary.append(running.masks.hide(summary))


_WRITTEN = ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY", "STATE")


def refuse_reserved(env: Mapping[str, str]) -> None:
    """Fail for variables that GitHub sets itself, over whatever a workflow says."""
    for name in env:
        exports = name.removeprefix("GITHUB_").lower()
        own = name.startswith("GITHUB_") and exports not in {"token", "api_token"}
        if name in _RESERVED or own or name.startswith("RUNNER_") or name == "NODE_OPTIONS":
            raise Unknown(f"env sets {name}, which GitHub does not allow or sets over it")

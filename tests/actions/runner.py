"""Run workflow files as GitHub would, on this machine alone.

    runner = Runner(folder, origin, Settings("acme/fields", secrets={...}), token=api.token)
    result = runner.run(".github/workflows/apply.yml", events.push(origin, "acme/fields"))
    assert result.conclusion == "success", result

Jobs run one after the other, in an order that `needs` allows. Whatever the runner does not know
raises `Unknown` with file, job and step, before anything ran where that can be seen from the file.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from tests.actions.events import Event, git, listens
from tests.actions.expressions import interpolate, text_of
from tests.actions.grants import Settings, completed, inputs
from tests.actions.groups import Groups
from tests.actions.jobs import Ended, Run
from tests.actions.library import Library
from tests.actions.loading import load
from tests.actions.places import scope, verify_workflow
from tests.actions.results import JobResult, Result
from tests.actions.settled import Running, github_context
from tests.actions.unknown import Unknown, at
from tests.actions.values import Closed, Value, truthy
from tests.actions.workflow import Job, Permissions, Step, Workflow

Check = Callable[[Step, Mapping[str, str]], None]
_NOTHING: Mapping[str, str] = MappingProxyType({})


def no_identity(_: Running) -> tuple[str, str]:
    """Nobody listens at port 1: a job that asks for an OIDC token is refused at once."""
    return "http://127.0.0.1:1/token?api-version=2.0", "no-identity"


class Runner:
    """A repository on GitHub with the machines that run its workflows.

    `origin` is the bare repository; `folder` takes workspaces and artifacts. `token` gives a job
    its GITHUB_TOKEN for the permissions that it has, `identity_token` the URL and the token by
    which a job with `id-token: write` asks for an OIDC token. `approve` answers for the reviewers
    of an environment. `passthrough` is what steps see of the tests' own environment beside PATH.
    `checked` maps a command ("scripts/test") to a check: a step whose script calls it is given to
    the check, with its environment, and not run. `containers` is asked for each job in a
    container, with its image: True runs its steps here, False leaves them. `actions` maps
    "owner/repo" to the folder of an action. `prepare` is given each folder that was checked out,
    to put there what a cache would.
    """

    def __init__(
        self,
        folder: Path,
        origin: Path,
        settings: Settings,
        *,
        api_url: str = "https://api.github.com",
        token: Callable[[Permissions], str] = lambda _: "ghs_of-a-job",
        identity_token: Callable[[Running], tuple[str, str]] = no_identity,
        approve: Callable[[str], bool] | None = None,
        passthrough: Mapping[str, str] = _NOTHING,
        checked: Mapping[str, Check] = MappingProxyType({}),
        containers: Callable[[Job, str], bool] | None = None,
        actions: Mapping[str, Path] = MappingProxyType({}),
        prepare: Callable[[Path], None] | None = None,
    ) -> None:
        self.folder, self.origin, self.settings = folder, origin, settings
        self.server_url, self.api_url = "https://github.com", api_url
        self.origin_url = f"{self.server_url}/{settings.repository}"
        self.token, self.identity_token, self._approve = token, identity_token, approve
        self.passthrough, self.checked, self.containers = passthrough, checked, containers
        self.prepare = prepare
        self.library = Library(actions)
        self.groups = Groups()
        self._guard = threading.Lock()
        self._runs = len(list((folder / "runs").glob("*")))

    def artifacts(self, run_id: int) -> Path:
        """Where the artifacts of a run are, one folder for each."""
        return self.folder / "artifacts" / str(run_id)

    def approved(self, environment: str) -> bool:
        """Ask the reviewers of an environment."""
        if self._approve is None:
            raise Unknown(f"environment {environment} has reviewers, and nobody answers for them")
        return self._approve(environment)

    def check_of(self, script: str) -> Check | None:
        """The check for a script that calls one of the commands that are checked and not run."""
        for command, check in self.checked.items():
            if re.search(rf"(?<![\w-]){re.escape(command)}(?![\w/.-])", script):
                return check
        return None

    def load(self, workflow_file: Path | str, event: Event) -> Workflow:
        """The workflow in a file, all of its expressions and actions known.

        A Path is a file on disk; a str is a path in the repository, read at the event's commit as
        GitHub does.
        """
        if isinstance(workflow_file, str):
            kept = self.folder / "workflows" / event.sha / Path(workflow_file).name
            kept.parent.mkdir(parents=True, exist_ok=True)
            text = git(self.origin, "show", f"{event.sha}:{workflow_file}")
            kept.write_text(text + "\n", encoding="utf-8")
            workflow_file = kept
        workflow = load(workflow_file)
        verify_workflow(workflow, self.library.verify)
        return workflow

    def listens(self, workflow_file: Path | str, event: Event) -> bool:
        """Whether the event starts the workflow."""
        return listens(self.load(workflow_file, event), event, self.origin)

    def run(self, workflow_file: Path | str, event: Event) -> Result:
        """Run a workflow to its end; one that does not listen to the event raises `Unknown`."""
        workflow = self.load(workflow_file, event)
        with at(workflow.file):
            if not listens(workflow, event, self.origin):
                raise Unknown(f"its on: does not listen to this {event.name}")
            event = completed(workflow, event)
            with self._guard:
                self._runs += 1
                number = self._runs
            run_id = event.run_id or 1000 + number
            github = github_context(self, workflow, event, run_id, number)
            contexts = self._contexts(workflow, event, github)
            with ExitStack() as stack:
                if workflow.concurrency is not None:
                    known = scope("workflow", contexts)
                    group = text_of(workflow.concurrency.group, known)
                    cancels = truthy(interpolate(workflow.concurrency.cancels, known))
                    stack.enter_context(self.groups.held(group, run_id, cancels=cancels))
                folder = self.folder / "runs" / f"{run_id}-{event.attempt}-{number}"
                # An attempt starts without the artifacts of the one before.
                shutil.rmtree(self.artifacts(run_id), ignore_errors=True)
                run = Run(self, workflow, event, run_id, github, folder)
                return self._ended(run, self._jobs(run))

    def _contexts(
        self, workflow: Workflow, event: Event, github: Mapping[str, Value]
    ) -> dict[str, Value]:
        variables = {} if event.untrusted else dict(self.settings.variables)
        return {
            "github": Closed("github", dict(github)),
            "inputs": dict(inputs(workflow, event)),
            "vars": variables,
        }

    def _jobs(self, run: Run) -> dict[str, Ended]:
        ended: dict[str, Ended] = {}
        waiting = dict(run.workflow.jobs)
        while waiting:
            ready = [job for job in waiting.values() if all(need in ended for need in job.needs)]
            if not ready:
                raise Unknown(f"jobs that need each other: {', '.join(waiting)}")
            with at(f"job {ready[0].id}"):
                ended[ready[0].id] = run.job(waiting.pop(ready[0].id), ended)
        return ended

    def _ended(self, run: Run, ended: Mapping[str, Ended]) -> Result:
        jobs: dict[str, JobResult] = {}
        for one in ended.values():
            jobs |= one.results
        failed = any(job.conclusion in ("failure", "cancelled") for job in jobs.values())
        skipped = all(job.conclusion == "skipped" for job in jobs.values())
        return Result(
            workflow=run.workflow.name,
            run_id=run.run_id,
            conclusion="failure" if failed else "skipped" if skipped else "success",
            jobs=jobs,
            artifacts=self.artifacts(run.run_id),
        )

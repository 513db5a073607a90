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
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import MappingProxyType

from tests.actions.events import Event, git, listens
from tests.actions.grants import Settings, asked, completed, inputs
from tests.actions.groups import Dropped, Groups
from tests.actions.jobs import Ended, Run
from tests.actions.library import Library
from tests.actions.loading import load
from tests.actions.places import scope, verify_workflow
from tests.actions.results import JobResult, Result
from tests.actions.settled import Running, github_context
from tests.actions.unknown import Unknown, at
from tests.actions.workflow import Called, Home, Job, Permissions, Step, Workflow

_OWN = re.compile(r"(?:\$|\.)/(\.github/workflows/[\w.-]+)")
_FOREIGN = re.compile(r"([\w.-]+/[\w.-]+)/(\.github/workflows/[\w.-]+)@([0-9a-f]{40})")
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
    "owner/repo" to the folder that stands for another repository. `prepare` is given the folder
    of each commit of this one whose own actions are used (`$/`), to put there what a cache would.
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
        self.folders = actions
        self.library = Library(actions, self.source)
        self.groups = Groups()
        self._guard = threading.Lock()
        self._runs = len(list((folder / "runs").glob("*")))

    @property
    def site(self) -> Path:
        """What Pages serves; no folder before the first deployment."""
        return self.folder / "site"

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
        """The workflow in a file, all of its expressions and actions known, and the workflows that
        it calls.

        A Path is a file on disk; a str is a path in the repository, read at the event's commit as
        GitHub does.
        """
        home = Home(self.settings.repository, event.sha)
        path = self._text(home, workflow_file) if isinstance(workflow_file, str) else workflow_file
        return self._verified(load(path, home, event.ref))

    def called(self, workflow: Workflow, called: Called) -> Workflow:
        """The workflow that a job of another one calls."""
        if found := _OWN.fullmatch(called.uses):
            home, ref, path = workflow.home, workflow.ref, found[1]
        elif found := _FOREIGN.fullmatch(called.uses):
            home, ref, path = Home(found[1], found[3]), found[3], found[2]
        else:
            raise Unknown(f"uses {called.uses!r}: no workflow pinned by a commit, nor one of $/")
        return load(self._text(home, path), home, ref)

    def source(self, home: Home) -> Path:
        """All files of a commit, with what `prepare` adds."""
        if home.repository != self.settings.repository:
            if home.repository not in self.folders:
                raise Unknown(f"the repository {home.repository}")
            return self.folders[home.repository]
        folder = self.folder / "sources" / home.commit
        with self._guard:
            if not folder.exists():
                folder.mkdir(parents=True)
                archive = subprocess.run(
                    ["git", "-C", str(self.origin), "archive", home.commit],
                    check=True,
                    capture_output=True,
                )
                subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
                if self.prepare is not None:
                    self.prepare(folder)
        return folder

    def _text(self, home: Home, path: str) -> Path:
        """A workflow file of a commit, as a file on disk."""
        if home.repository != self.settings.repository:
            return self.source(home) / path
        kept = self.folder / "workflows" / home.commit / Path(path).name
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            text = git(self.origin, "show", f"{home.commit}:{path}")
            kept.write_text(text + "\n", encoding="utf-8")
        return kept

    def _verified(self, workflow: Workflow, most: Permissions | None = None) -> Workflow:
        verify_workflow(workflow, partial(self.library.verify, workflow.home))
        for job in workflow.jobs.values():
            with at(workflow.file), at(f"job {job.id}"):
                allowed = asked(self.settings, workflow, job, most)
                if job.called is not None:
                    self._handed(
                        job.called, self._verified(self.called(workflow, job.called), allowed)
                    )
        return workflow

    def _handed(self, called: Called, workflow: Workflow) -> None:
        """Fail for an input or a secret that the called workflow does not know."""
        if "workflow_call" not in workflow.on:
            raise Unknown(f"{workflow.file} cannot be called")
        declared = workflow.on["workflow_call"]
        for kind, given in (("inputs", called.inputs), ("secrets", called.secrets)):
            known = declared.get(kind) or {}
            if unknown := sorted(set(given) - set(known)):
                raise Unknown(f"{workflow.file} declares nothing like {unknown[0]!r} in its {kind}")
            for name, said in known.items():
                if (said or {}).get("required") and name not in given:
                    raise Unknown(f"{workflow.file} requires {name!r} of its {kind}")

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
            folder = self.folder / "runs" / f"{run_id}-{event.attempt}-{number}"
            given = inputs(workflow, event)
            run = Run(self, workflow, event, run_id, github, folder, given)
            try:
                with ExitStack() as stack:
                    run.hold(stack, workflow.concurrency, scope("workflow", run.contexts()))
                    # An attempt starts without the artifacts of the one before.
                    shutil.rmtree(self.artifacts(run_id), ignore_errors=True)
                    return self._ended(run, run.jobs())
            except Dropped:
                return Result(workflow.name, run_id, "cancelled", {}, self.artifacts(run_id))

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

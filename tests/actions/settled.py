"""A job as it runs: its machine, what it was given, and what its steps have left so far."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.actions.commands import Masks
from tests.actions.events import Event
from tests.actions.grants import Grants
from tests.actions.machine import Machine
from tests.actions.results import Annotation, StepResult
from tests.actions.unknown import words
from tests.actions.values import Closed, Exact, Value
from tests.actions.workflow import Job, Workflow

if TYPE_CHECKING:
    from tests.actions.runner import Runner


@dataclass
class Running:
    """Mutable: steps add to `env`, `path`, `summary`, `annotations`; `ok` falls once."""

    runner: Runner
    workflow: Workflow
    job: Job
    event: Event
    run_id: int
    machine: Machine
    grants: Grants
    token: str
    contexts: Mapping[str, Value]  # those that stay the same for the whole job
    masks: Masks
    until: float  # time.monotonic()
    environment: str = ""
    container: bool = False
    env: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    finished: list[StepResult] = field(default_factory=list)
    ok: bool = True
    # What actions do after the last step, the newest first.
    posts: list[Callable[[], None]] = field(default_factory=list)
    _identity: dict[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """What is left of the job's time."""
        return max(0.0, self.until - time.monotonic())

    @property
    def artifacts(self) -> Path:
        """The folder of this run's artifacts, one folder for each."""
        return self.runner.artifacts(self.run_id)

    def claims(self) -> Mapping[str, str]:
        """What an OIDC token of this job says of it, without issuer, audience and times."""
        github = self.contexts["github"]
        named = "actor event_name head_ref base_ref ref ref_type repository repository_owner"
        said = {name: github[name] for name in f"{named} run_attempt run_id sha workflow".split()}
        if self.environment:
            about = f"environment:{self.environment}"
            said["environment"] = self.environment
        elif self.event.name == "pull_request":
            about = "pull_request"
        else:
            about = f"ref:{self.event.ref}"
        said["job_workflow_ref"] = workflow_ref(self.workflow)
        said["job_workflow_sha"] = self.workflow.home.commit
        return {**said, "sub": f"repo:{github['repository']}:{about}"}

    def identity(self) -> Mapping[str, str]:
        """What a job with `id-token: write` asks for its OIDC token with: one for all steps."""
        if not self._identity:
            url, token = self.runner.identity_token(self)
            self.masks.add(token)
            self._identity["ACTIONS_ID_TOKEN_REQUEST_URL"] = url
            self._identity["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = token
        return self._identity

    def status(self) -> Closed:
        """The `job` context."""
        status = "success" if self.ok else "failure"
        home, path = self.workflow.home, f".github/workflows/{self.workflow.file}"
        identity = {
            "workflow_repository": home.repository,
            "workflow_sha": home.commit,
            "workflow_ref": workflow_ref(self.workflow),
            "workflow_file_path": path,
        }
        return Closed("job", {"status": status, "container": {}, "services": {}, **identity})

    def runner_context(self) -> Closed:
        return Closed(
            "runner",
            {
                "name": "tests",
                "os": "Linux",
                "arch": "X64",
                "temp": str(self.machine.temp),
                "tool_cache": str(self.machine.tools),
                "debug": "",
                "environment": "github-hosted",
            },
        )


def workflow_ref(workflow: Workflow) -> str:
    """How GitHub names the file and the ref that it was taken at."""
    return f"{workflow.home.repository}/.github/workflows/{workflow.file}@{workflow.ref}"


def github_context(
    runner: Runner, workflow: Workflow, event: Event, run_id: int, number: int
) -> dict[str, Value]:
    """The `github` context as far as it is known before a machine is there."""
    repository = runner.settings.repository
    short = (
        event.ref.removeprefix("refs/heads/").removeprefix("refs/pull/").removeprefix("refs/tags/")
    )
    return {
        "actor": event.actor,
        "actor_id": "583231",
        "api_url": runner.api_url,
        "base_ref": event.base_ref,
        "event": dict(event.payload),
        "event_name": event.name,
        "graphql_url": f"{runner.api_url}/graphql",
        "head_ref": event.head_ref,
        "ref": event.ref,
        "ref_name": short,
        "ref_protected": False,
        "ref_type": "tag" if event.ref.startswith("refs/tags/") else "branch",
        "repository": repository,
        "repository_id": "1",
        "repository_owner": repository.partition("/")[0],
        "repository_owner_id": "1",
        "repositoryUrl": f"git://github.com/{repository}.git",
        "retention_days": "90",
        "run_attempt": str(event.attempt),
        "run_id": str(run_id),
        "run_number": str(number),
        "secret_source": "None" if event.untrusted else "Actions",
        "server_url": runner.server_url,
        "sha": event.sha,
        "triggering_actor": event.actor,
        "workflow": workflow.name,
        "workflow_ref": workflow_ref(workflow),
        "workflow_sha": event.sha,
    }


# Properties of the `github` context that steps see as GITHUB_<NAME> too.
_EXPORTED = words(
    "actor actor_id api_url base_ref event_name graphql_url head_ref ref ref_name ref_protected"
    " ref_type repository repository_id repository_owner repository_owner_id retention_days"
    " run_attempt run_id run_number server_url sha triggering_actor workflow workflow_ref"
    " workflow_sha event_path job workspace"
)


def exported(github: Mapping[str, Value]) -> dict[str, str]:
    """The variables GITHUB_* that every step has."""
    return {
        f"GITHUB_{name.upper()}": str(github[name]).lower()
        if name == "ref_protected"
        else github[name]
        for name in _EXPORTED
    }


def machine_context(
    github: Mapping[str, Value], machine: Machine, job: Job, event: Event, token: str
) -> dict[str, Value]:
    """The `github` context on the machine, where the event is a file."""
    path = machine.temp / "_github_workflow" / "event.json"
    path.parent.mkdir()
    path.write_text(json.dumps(event.payload), encoding="utf-8")
    return {
        **github,
        "event_path": str(path),
        "job": job.id,
        "token": token,
        "workspace": str(machine.workspace),
        "action": "",
        "action_path": "",
        "action_ref": "",
        "action_repository": "",
        "action_status": "success",
    }


def exact(*layers: Mapping[str, Value]) -> Exact:
    """The `env` context: later layers win."""
    return Exact({key: value for layer in layers for key, value in layer.items()})

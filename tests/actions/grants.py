"""What a job is given: secrets, variables and the rights of its token, as GitHub decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.actions.events import Event, matches
from tests.actions.unknown import Unknown
from tests.actions.values import Value, to_text
from tests.actions.workflow import Job, Permissions, Workflow


@dataclass(frozen=True)
class Environment:
    """A deployment environment: `branches` are patterns of refs that may deploy, None is all.

    A pull request is no branch: its ref is `refs/pull/N/merge`, which a pattern must name.
    """

    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    branches: tuple[str, ...] | None = None
    reviewers: bool = False

    def allows(self, ref: str) -> bool:
        """Whether its branch policy lets this ref deploy."""
        return self.branches is None or matches(ref.removeprefix("refs/heads/"), self.branches)


@dataclass(frozen=True)
class Settings:
    """What the repository's settings page holds. `default` is what a token may do without any
    `permissions:` in the workflow (GitHub's restricted default)."""

    repository: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    default: Permissions = field(default_factory=lambda: {"contents": "read", "packages": "read"})

    def environment(self, name: str) -> Environment:
        """The environment; GitHub would make one without protection: surely not meant."""
        if name not in self.environments:
            raise Unknown(f"environment {name!r}")
        return self.environments[name]


@dataclass(frozen=True)
class Grants:
    """`secrets` without the token; `permissions` names what is read or write, nothing else."""

    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    permissions: Permissions

    @property
    def identity(self) -> bool:
        """Whether the job may ask for an OIDC token."""
        return self.permissions.get("id-token") == "write"


def permissions(settings: Settings, workflow: Workflow, job: Job, event: Event) -> Permissions:
    """The job's own, else the workflow's, else the default; only to read for a fork."""
    said = workflow.permissions if job.permissions is None else job.permissions
    if said is None:
        said = settings.default
    if not event.untrusted:
        return dict(said)
    return {name: "read" for name in said if name != "id-token"}


def grants(
    settings: Settings, workflow: Workflow, job: Job, event: Event, environment: str
) -> Grants:
    """For a job whose environment, '' if none, has let it in."""
    allowed = permissions(settings, workflow, job, event)
    if event.untrusted:
        # Variables stay away too, not only secrets.
        return Grants({}, {}, allowed)
    own = settings.environment(environment) if environment else Environment()
    return Grants(
        {**settings.secrets, **own.secrets}, {**settings.variables, **own.variables}, allowed
    )


def inputs(workflow: Workflow, event: Event) -> Mapping[str, Value]:
    """What a start by hand gave, completed with the defaults, each of its declared type."""
    if event.name != "workflow_dispatch":
        return {}
    declared = workflow.on["workflow_dispatch"].get("inputs") or {}
    found: dict[str, Value] = {}
    for name in event.inputs:
        if name not in declared:
            raise Unknown(f"input {name!r} is not declared by the workflow")
    for name, said in declared.items():
        found[name] = _input(name, said or {}, event.inputs.get(name))
    return found


def completed(workflow: Workflow, event: Event) -> Event:
    """The event with all inputs of a start by hand, as text, as the payload on GitHub has them."""
    if event.name != "workflow_dispatch":
        return event
    said = {name: to_text(value) for name, value in inputs(workflow, event).items()}
    return replace(event, payload={**event.payload, "inputs": said})


def _input(name: str, said: Mapping[str, Value], given: Value) -> Value:
    if given is None and said.get("required") and "default" not in said:
        raise Unknown(f"input {name!r} is required")
    value = said.get("default") if given is None else given
    match said.get("type", "string"):
        case "boolean":
            if value not in (None, True, False, "true", "false"):
                raise Unknown(f"input {name!r}: {value!r} is no boolean")
            return value in (True, "true")
        case "choice":
            options = said["options"]
            value = options[0] if value is None else value
            if value not in options:
                raise Unknown(f"input {name!r}: {value!r} is not among {options}")
            return value
        case _:
            return "" if value is None else str(value)

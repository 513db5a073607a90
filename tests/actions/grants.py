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


@dataclass(frozen=True)
class Handed:
    """What the caller of a workflow handed over: secrets, and the most that its jobs may do. None
    is no caller: then a job has all secrets, and what it asks for."""

    secrets: Mapping[str, str] | None = None
    most: Permissions | None = None


_LEVELS = ("none", "read", "write")


def asked(
    settings: Settings, workflow: Workflow, job: Job, most: Permissions | None
) -> Permissions:
    """The job's own permissions, else the workflow's, else the caller's or the default. A called
    workflow that asks for more than its caller may do is refused."""
    said = workflow.permissions if job.permissions is None else job.permissions
    if said is None:
        said = settings.default if most is None else most
    for name, level in said.items():
        if most is not None and _LEVELS.index(level) > _LEVELS.index(most.get(name, "none")):
            has = most.get(name, "none")
            raise Unknown(f"job {job.id} asks for {name}: {level}, and its caller has {has}")
    return dict(said)


def permissions(
    settings: Settings, workflow: Workflow, job: Job, event: Event, most: Permissions | None = None
) -> Permissions:
    """What the job asks for; only to read for a fork."""
    said = asked(settings, workflow, job, most)
    if not event.untrusted:
        return said
    return {name: "read" for name in said if name != "id-token"}


def grants(
    settings: Settings,
    workflow: Workflow,
    job: Job,
    event: Event,
    environment: str,
    handed: Handed = Handed(),
) -> Grants:
    """For a job whose environment, '' if none, has let it in."""
    allowed = permissions(settings, workflow, job, event, handed.most)
    if event.untrusted:
        # Variables stay away too, not only secrets.
        return Grants({}, {}, allowed)
    own = settings.environment(environment) if environment else Environment()
    secrets = {**settings.secrets, **own.secrets}
    if handed.secrets is not None:
        # Of the environment's own a called workflow sees those whose names its caller hands over.
        secrets = {name: own.secrets.get(name, value) for name, value in handed.secrets.items()}
    return Grants(
        {name: value for name, value in secrets.items() if value},
        {**settings.variables, **own.variables},
        allowed,
    )


def inputs(workflow: Workflow, event: Event) -> Mapping[str, Value]:
    """What a start by hand gave, completed with the defaults, each of its declared type."""
    if event.name != "workflow_dispatch":
        return {}
    return typed(workflow.on["workflow_dispatch"].get("inputs") or {}, event.inputs)


def typed(declared: Mapping[str, Value], given: Mapping[str, Value]) -> Mapping[str, Value]:
    """What was given, completed with the defaults, each of its declared type."""
    for name in given:
        if name not in declared:
            raise Unknown(f"input {name!r} is not declared by the workflow")
    return {name: _input(name, said or {}, given.get(name)) for name, said in declared.items()}


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
        case "number" if not isinstance(value, int | float):
            raise Unknown(f"input {name!r}: {value!r} is no number")
        case "number":
            return value
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

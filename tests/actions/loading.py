"""From a workflow file to values, strict about every key and name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.actions import yamlfile
from tests.actions.unknown import Unknown, at, only, words
from tests.actions.values import Value
from tests.actions.workflow import (
    Called,
    Concurrency,
    Container,
    Defaults,
    Home,
    Job,
    Permissions,
    Place,
    Step,
    Strategy,
    Workflow,
)

_ROOT = words("name run-name on permissions env defaults concurrency jobs")
_JOB = words(
    "name needs if runs-on permissions environment concurrency strategy env defaults"
    " outputs timeout-minutes continue-on-error container steps"
)
_CALL = words("name needs if permissions concurrency strategy uses with secrets")
_STEP = words(
    "name id if run uses with env shell working-directory timeout-minutes continue-on-error"
)
_CONTAINER = words("image options env ports volumes")
SCOPES = words(
    "actions attestations checks contents deployments discussions id-token issues models"
    " packages pages pull-requests repository-projects security-events statuses"
)
SHELLS = frozenset({"bash", "sh", "python"})
# On GitHub a label that no runner has waits for ever; self-hosted runners add their own.
_HOSTED = re.compile(r"ubuntu-(latest|slim|\d\d\.\d\d)(-arm)?")
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FILTERS: Mapping[str, frozenset[str]] = {
    "push": words("branches branches-ignore paths paths-ignore tags tags-ignore"),
    "pull_request": words("types branches branches-ignore paths paths-ignore"),
    "schedule": frozenset({"cron"}),
    "workflow_dispatch": frozenset({"inputs"}),
    "workflow_call": frozenset({"inputs", "secrets"}),
    "merge_group": words("types branches branches-ignore"),
}
_INPUT = words("description required default type options deprecationMessage")


def load(path: Path, home: Home, ref: str) -> Workflow:
    """The workflow in a file; raises `Unknown` with file, job and step."""
    with at(path.name):
        root = only(yamlfile.read(path), _ROOT, "workflow")
        jobs = _mapping(root.get("jobs"), "jobs")
        defaults = _defaults(root.get("defaults"), Defaults())
        workflow = Workflow(
            file=path.name,
            name=str(root.get("name") or f".github/workflows/{path.name}"),
            title=root.get("run-name"),
            on=_triggers(root.get("on")),
            permissions=permissions(root.get("permissions")),
            env=_mapping(root.get("env"), "env"),
            concurrency=_concurrency(root.get("concurrency")),
            jobs={name: _job(name, raw, defaults) for name, raw in jobs.items()},
            home=home,
            ref=ref,
        )
        for job in workflow.jobs.values():
            for need in job.needs:
                if need not in workflow.jobs:
                    raise Unknown(f"job {job.id} needs {need!r}")
        return workflow


def _mapping(given: Value, what: str) -> Mapping[str, Value]:
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        raise Unknown(f"{what} is {given!r}")
    return given


def _triggers(given: Value) -> Mapping[str, Mapping[str, Value]]:
    match given:
        case str():
            raw: Mapping[str, Value] = {given: None}
        case list():
            raw = dict.fromkeys(given)
        case dict():
            raw = given
        case _:
            raise Unknown(f"on is {given!r}")
    found: dict[str, Mapping[str, Value]] = {}
    for name, filters in raw.items():
        if name not in _FILTERS:
            raise Unknown(f"trigger {name!r}")
        if name == "schedule":
            entries = [only(entry, _FILTERS[name], "on.schedule") for entry in filters]
            found[name] = {"cron": [entry["cron"] for entry in entries]}
        else:
            found[name] = only(filters or {}, _FILTERS[name], f"on.{name}")
    _declared(found.get("workflow_dispatch", {}), "string boolean choice environment", "string")
    _declared(found.get("workflow_call", {}), "string boolean number", None)
    return found


def _declared(trigger: Mapping[str, Value], kinds: str, default: str | None) -> None:
    """Check what a start by hand or a caller may give."""
    for name, one in _mapping(trigger.get("inputs"), "inputs").items():
        kind = only(one or {}, _INPUT, f"input {name}").get("type", default)
        if kind not in words(kinds):
            raise Unknown(f"input {name}: type {kind!r}")
    for name, one in _mapping(trigger.get("secrets"), "secrets").items():
        only(one or {}, words("description required"), f"secret {name}")


def permissions(given: Value) -> Permissions | None:
    """What a `permissions:` grants; None where there is none. What it leaves out is none."""
    match given:
        case None:
            return None
        case "read-all" | "write-all":
            level = str(given).removesuffix("-all")
            # There is nothing to be read by an identity token.
            return {n: level for n in sorted(SCOPES) if level == "write" or n != "id-token"}
        case _:
            found = only(given, SCOPES, "permissions")
            for name, level in found.items():
                allowed = {"write", "none"} if name == "id-token" else {"read", "write", "none"}
                if level not in allowed:
                    raise Unknown(f"permissions: {name}: {level!r}")
            return {name: str(level) for name, level in found.items() if level != "none"}


def _concurrency(given: Value) -> Concurrency | None:
    if given is None or isinstance(given, str):
        return None if given is None else Concurrency(given, cancels=False)
    said = only(given, words("group cancel-in-progress queue"), "concurrency")
    if "group" not in said:
        raise Unknown("concurrency without a group")
    queue, cancels = said.get("queue", "single"), said.get("cancel-in-progress", False)
    if queue not in ("single", "max") or (queue == "max" and cancels is not False):
        raise Unknown(f"concurrency: queue {queue!r} with cancel-in-progress {cancels!r}")
    return Concurrency(said["group"], cancels, queue)


def _defaults(given: Value, outer: Defaults) -> Defaults:
    run = only(given or {}, frozenset({"run"}), "defaults").get("run")
    said = only(run or {}, frozenset({"shell", "working-directory"}), "defaults.run")
    shell = said.get("shell", outer.shell)
    return Defaults(_shell(shell), said.get("working-directory", outer.folder))


def _shell(given: Value) -> str | None:
    if given is None:
        return None
    if given not in SHELLS:
        raise Unknown(f"shell {given!r}")
    return str(given)


def _job(name: str, raw: Value, defaults: Defaults) -> Job:
    with at(f"job {name}"):
        if not _ID.fullmatch(name):
            raise Unknown("the id of a job")
        called = isinstance(raw, dict) and "uses" in raw
        said = only(raw, _CALL if called else _JOB, "job")
        needs = said.get("needs") or []
        if not called and not said.get("steps"):
            raise Unknown("no steps")
        return Job(
            id=name,
            title=said.get("name"),
            needs=(needs,) if isinstance(needs, str) else tuple(_list(needs, "needs")),
            condition=said.get("if"),
            runs_on=said.get("runs-on"),
            permissions=permissions(said.get("permissions")),
            environment=_environment(said.get("environment")),
            concurrency=_concurrency(said.get("concurrency")),
            strategy=_strategy(said.get("strategy")),
            env=_mapping(said.get("env"), "env"),
            defaults=_defaults(said.get("defaults"), defaults),
            outputs=_mapping(said.get("outputs"), "outputs"),
            minutes=said.get("timeout-minutes"),
            continues=said.get("continue-on-error", False),
            container=_container(said.get("container")),
            steps=() if called else steps(said["steps"]),
            called=_called(said) if called else None,
        )


def _called(said: Mapping[str, Value]) -> Called:
    secrets = said.get("secrets")
    if isinstance(secrets, str):
        raise Unknown(f"secrets: {secrets}: name those that the workflow needs")
    return Called(
        uses=str(said["uses"]),
        inputs=_mapping(said.get("with"), "with"),
        secrets=_mapping(secrets, "secrets"),
    )


def _list(given: Value, what: str) -> list[Value]:
    if not isinstance(given, list):
        raise Unknown(f"{what} is {given!r}")
    return given


def runs_on(given: Value) -> None:
    """Fail for a machine that GitHub does not host, or this runner cannot stand for."""
    if isinstance(given, dict) and "group" in only(given, words("group labels"), "runs-on"):
        return
    labels = given if isinstance(given, list) else [given]
    alone = len(labels) == 1 and isinstance(labels[0], str)
    if not (alone and _HOSTED.fullmatch(labels[0])) and "self-hosted" not in labels:
        raise Unknown(f"runs-on {given!r}")


def _environment(given: Value) -> Place | None:
    if given is None or isinstance(given, str):
        return None if given is None else Place(given, None)
    said = only(given, frozenset({"name", "url"}), "environment")
    if "name" not in said:
        raise Unknown("environment without a name")
    return Place(said["name"], said.get("url"))


def _container(given: Value) -> Container | None:
    if given is None or isinstance(given, str):
        return None if given is None else Container(given, {})
    said = only(given, _CONTAINER, "container")
    if "image" not in said:
        raise Unknown("container without an image")
    return Container(said["image"], {key: said[key] for key in said if key != "image"})


def _strategy(given: Value) -> Strategy | None:
    if given is None:
        return None
    said = only(given, frozenset({"matrix", "fail-fast", "max-parallel"}), "strategy")
    matrix = said.get("matrix")
    if not isinstance(matrix, str):
        matrix = _mapping(matrix, "matrix")
        for name, values in matrix.items():
            if not isinstance(values, list | str) or not values:
                raise Unknown(f"matrix: {name} is {values!r}")
    return Strategy(matrix, said.get("fail-fast", True), said.get("max-parallel"))


def steps(given: Value) -> tuple[Step, ...]:
    """The steps of a job, or of a composite action."""
    found = tuple(_step(number, raw) for number, raw in enumerate(_list(given, "steps"), 1))
    ids = [step.id for step in found if step.id]
    if len(set(ids)) != len(ids):
        raise Unknown(f"two steps with one id: {sorted(ids)}")
    return found


def _step(number: int, raw: Value) -> Step:
    name = raw.get("name", raw.get("id", "")) if isinstance(raw, dict) else ""
    with at(f"step {number} {name}".strip()):
        said = only(raw, _STEP, "step")
        if ("run" in said) == ("uses" in said):
            raise Unknown("a step has run or uses: one of them")
        if wrong := [
            key for key in ("shell", "working-directory") if "uses" in said and key in said
        ]:
            raise Unknown(f"{wrong[0]} in a step that uses an action")
        if "run" in said and "with" in said:
            raise Unknown("with in a step that runs a script")
        if said.get("id") is not None and not _ID.fullmatch(str(said["id"])):
            raise Unknown(f"id {said['id']!r}")
        return Step(
            number=number,
            id=str(said.get("id") or ""),
            title=said.get("name"),
            condition=said.get("if"),
            run=None if "run" not in said else str(said["run"]),
            uses=None if "uses" not in said else str(said["uses"]),
            inputs=_mapping(said.get("with"), "with"),
            env=_mapping(said.get("env"), "env"),
            shell=_shell(said.get("shell")),
            folder=said.get("working-directory"),
            minutes=said.get("timeout-minutes"),
            continues=said.get("continue-on-error", False),
        )

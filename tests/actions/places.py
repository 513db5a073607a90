"""Which contexts an expression may use at which place of a workflow, and a check of all of them.

The table is GitHub's own ("context availability"). The check reads every expression of a file
before anything runs, so that a slip in a step that is skipped is found as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.actions.expressions import STATUS, Scope, condition, verify
from tests.actions.parsing import pieces
from tests.actions.unknown import Unknown, at, words
from tests.actions.values import Closed, Value
from tests.actions.workflow import Job, Step, Workflow

_ROOT = words("github inputs vars")
_NEEDS = _ROOT | {"needs"}
_JOB = _NEEDS | {"strategy", "matrix"}
_STEP = _JOB | words("job runner env secrets steps")
_COMPOSITE = words("github inputs strategy matrix steps job runner env")

PLACES: Mapping[str, frozenset[str]] = {
    "workflow": _ROOT,
    "workflow env": _ROOT | {"secrets"},
    "job if": _NEEDS,
    "strategy": _NEEDS,
    "job": _JOB,
    "job env": _JOB | {"secrets"},
    "job defaults": _JOB | {"env"},
    "environment url": _STEP - {"secrets"},
    "outputs": _STEP,
    "call": _JOB,
    "call secrets": _JOB | {"secrets"},
    "step if": _STEP - {"secrets"},
    "step": _STEP,
    "composite if": _COMPOSITE,
    "composite": _COMPOSITE,
    "input default": words("github strategy matrix job runner"),
}
ALL = frozenset().union(*PLACES.values())
# Decided before a machine is there, so without what only a machine knows.
_SERVER = frozenset({"workflow", "job if", "strategy", "job", "call", "call secrets"})
_MACHINE = words("action action_path action_ref action_repository action_status") | {
    "event_path",
    "job",
    "token",
    "workspace",
}
GITHUB = _MACHINE | words(
    "actor actor_id api_url base_ref event event_name graphql_url head_ref ref"
    " ref_name ref_protected ref_type repository repository_id repository_owner repository_owner_id"
    " repositoryUrl retention_days run_attempt run_id run_number secret_source server_url sha"
    " triggering_actor workflow workflow_ref workflow_sha"
)
RUNNER = words("name os arch temp tool_cache debug environment")
JOB = words(
    "status container services workflow_repository workflow_sha workflow_ref workflow_file_path"
)
STRATEGY = words("fail-fast job-index job-total max-parallel")


def scope(
    place: str,
    contexts: Mapping[str, Value],
    status: Mapping[str, Callable[[], bool]] | None = None,
) -> Scope:
    """What an expression at a place may use, of the contexts that there are."""
    given = {name: contexts[name] for name in PLACES[place] if name in contexts}
    if place in _SERVER and "github" in given:
        known = {key: value for key, value in given["github"].items() if key not in _MACHINE}
        given["github"] = Closed("github, before a machine is there,", known)
    return Scope(given, status or {}, ALL - frozenset(given))


def closed(name: str, properties: frozenset[str]) -> Closed:
    """An object of which only the names of the properties are known."""
    return Closed(name, dict.fromkeys(properties))


def step_shape(name: str) -> Closed:
    return closed(f"steps.{name}", frozenset({"outputs", "outcome", "conclusion"}))


def _strings(given: Value) -> Iterator[str]:
    match given:
        case str():
            yield given
        case dict():
            for value in given.values():
                yield from _strings(value)
        case list():
            for value in given:
                yield from _strings(value)
        case _:
            pass


def _verify(place: str, given: Value, contexts: Mapping[str, Value]) -> None:
    known = scope(place, contexts)
    for text in _strings(given):
        for part in pieces(text):
            if not isinstance(part, str):
                verify(part, known)


def _verify_if(place: str, given: Value, contexts: Mapping[str, Value]) -> None:
    status = dict.fromkeys(STATUS, lambda: True)
    with at("if"):
        verify(condition(given), scope(place, contexts, status))


def verify_steps(
    steps: tuple[Step, ...], place: str, contexts: Mapping[str, Value], uses: Callable[[Step], None]
) -> None:
    """Check each step against the contexts and the steps before it; `uses` checks its action."""
    before: dict[str, Value] = {}
    for step in steps:
        with at(f"step {step.number} {step.name}"):
            known = {**contexts, "steps": Closed("steps, before this one,", dict(before))}
            _verify_if(f"{place} if", step.condition, known)
            for given in (step.title, step.run, step.inputs, step.env, step.folder):
                _verify(place, given, known)
            _verify(place, [step.minutes, step.continues], known)
            if step.uses is not None:
                uses(step)
        if step.id:
            before[step.id] = step_shape(step.id)


def steps_shape(steps: tuple[Step, ...]) -> Closed:
    return Closed("steps", {step.id: step_shape(step.id) for step in steps if step.id})


def _shapes(workflow: Workflow, job: Job) -> dict[str, Value]:
    shapes: dict[str, Value] = {
        "github": closed("github", GITHUB),
        "runner": closed("runner", RUNNER),
        "strategy": closed("strategy", STRATEGY),
        "job": closed("job", JOB),
        "needs": Closed(
            "needs",
            {n: closed(f"needs.{n}", frozenset({"outputs", "result"})) for n in job.needs},
        ),
        **_given(workflow),
        **dict.fromkeys(("vars", "env")),
    }
    for need in job.needs:
        shapes["needs"][need]["outputs"] = Closed(
            f"needs.{need}.outputs", dict.fromkeys(workflow.jobs[need].outputs)
        )
    if job.strategy is not None:
        shapes["matrix"] = _matrix_shape(job.strategy.matrix)
    return shapes


def _given(workflow: Workflow) -> dict[str, Value]:
    """`inputs` and `secrets`: a workflow that is only called knows their names."""
    call = workflow.on.get("workflow_call")
    if call is None or len(workflow.on) > 1:
        return dict.fromkeys(("inputs", "secrets"))
    secrets = frozenset({"GITHUB_TOKEN", *(call.get("secrets") or {})})
    return {
        "inputs": closed("inputs", frozenset(call.get("inputs") or {})),
        "secrets": closed("secrets", secrets),
    }


def _matrix_shape(matrix: Value) -> Value:
    if isinstance(matrix, str) or any(isinstance(value, str) for value in matrix.values()):
        return {}  # its names are computed
    included = [name for entry in matrix.get("include", []) for name in entry]
    names = {*matrix, *included} - {"include", "exclude"}
    return closed("matrix", frozenset(names))


def verify_workflow(workflow: Workflow, uses: Callable[[Step], None]) -> None:
    """Every expression of a file, at its place; `uses` checks each action and its inputs."""
    with at(workflow.file):
        root: dict[str, Value] = {"vars": None, **_given(workflow)}
        root["github"] = closed("github", GITHUB)
        _verify("workflow", workflow.title, root)
        _verify("workflow env", workflow.env, root)
        if workflow.concurrency is not None:
            _verify("workflow", [workflow.concurrency.group, workflow.concurrency.cancels], root)
        for job in workflow.jobs.values():
            with at(f"job {job.id}"):
                _verify_job(job, _shapes(workflow, job), uses)


def _verify_job(job: Job, shapes: Mapping[str, Value], uses: Callable[[Step], None]) -> None:
    _verify_if("job if", job.condition, shapes)
    _verify("job", [job.title, job.runs_on, job.minutes, job.continues], shapes)
    _verify("job env", job.env, shapes)
    _verify("job defaults", [job.defaults.folder], shapes)
    if job.strategy is not None:
        strategy = job.strategy
        _verify("strategy", [strategy.matrix, strategy.fail_fast, strategy.max_parallel], shapes)
    if job.concurrency is not None:
        _verify("job", [job.concurrency.group, job.concurrency.cancels], shapes)
    if job.called is not None:
        _verify("call", job.called.inputs, shapes)
        _verify("call secrets", job.called.secrets, shapes)
        return
    if job.container is not None:
        _verify("job", job.container.image, shapes)
        _verify("job env", job.container.others, shapes)
    verify_steps(job.steps, "step", shapes, uses)
    ended = {**shapes, "steps": steps_shape(job.steps)}
    _verify("outputs", job.outputs, ended)
    if job.environment is not None:
        _verify("job", job.environment.name, shapes)
        _verify("environment url", job.environment.url, ended)
    if job.runs_on is None:
        raise Unknown("no runs-on")

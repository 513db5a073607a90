"""One job of a run: whether it runs, what it is given, and what it comes to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.actions import loading
from tests.actions.commands import Masks
from tests.actions.events import Event
from tests.actions.expressions import holds, interpolate, text_of
from tests.actions.grants import Grants, grants, inputs
from tests.actions.machine import Machine
from tests.actions.matrix import combinations, label
from tests.actions.places import scope
from tests.actions.results import Annotation, JobResult
from tests.actions.settled import Running, machine_context
from tests.actions.stepping import Frame, refuse_reserved
from tests.actions.unknown import Unknown, at
from tests.actions.values import Closed, Value, to_number, truthy
from tests.actions.workflow import Job, Workflow

if TYPE_CHECKING:
    from tests.actions.runner import Runner


@dataclass(frozen=True)
class Ended:
    """A job with all its combinations, as `needs` sees it."""

    result: str
    outputs: Mapping[str, str]
    results: Mapping[str, JobResult]


@dataclass(frozen=True)
class Run:
    """What the jobs of one run share."""

    runner: Runner
    workflow: Workflow
    event: Event
    run_id: int
    github: Mapping[str, Value]
    folder: Path

    def job(self, job: Job, ended: Mapping[str, Ended]) -> Ended:
        """Run a job, in every combination, or skip it."""
        contexts = self._contexts(job, ended)
        status = _status(self.workflow, job, ended)
        with at("if"):
            wanted = holds(job.condition, scope("job if", contexts, status))
        if not wanted:
            skipped = JobResult(job.id, "skipped", reason="its if, or a job it needs")
            return Ended("skipped", dict.fromkeys(job.outputs, ""), {job.id: skipped})
        if job.strategy is None:
            strategy = _strategy(0, 1, fail_fast=True, most=1)
            return _together(
                job, {job.id: self._one(job, {**contexts, "strategy": strategy}, job.id)}
            )
        known = scope("strategy", contexts)
        cases = combinations(job.strategy, known)
        fast = truthy(interpolate(job.strategy.fail_fast, known))
        most = interpolate(job.strategy.max_parallel, known)
        results: dict[str, JobResult] = {}
        for index, case in enumerate(cases):
            name = f"{job.id} ({label(case)})"
            if fast and any(done.conclusion == "failure" for done in results.values()):
                results[name] = JobResult(name, "cancelled", reason="fail-fast")
                continue
            strategy = _strategy(index, len(cases), fail_fast=fast, most=most or len(cases))
            with at(name):
                found = self._one(job, {**contexts, "strategy": strategy, "matrix": case}, name)
            results[name] = found
        return _together(job, results)

    def _contexts(self, job: Job, ended: Mapping[str, Ended]) -> dict[str, Value]:
        needs = {}
        for name in job.needs:
            outputs = Closed(f"needs.{name}.outputs", dict(ended[name].outputs))
            needs[name] = Closed(
                f"needs.{name}", {"result": ended[name].result, "outputs": outputs}
            )
        variables = {} if self.event.untrusted else dict(self.runner.settings.variables)
        return {
            "github": Closed("github", dict(self.github)),
            "needs": Closed("needs", needs),
            "inputs": dict(inputs(self.workflow, self.event)),
            "vars": variables,
        }

    def _one(self, job: Job, contexts: Mapping[str, Value], name: str) -> JobResult:
        known = scope("job", contexts)
        loading.runs_on(interpolate(job.runs_on, known))
        with ExitStack() as stack:
            if (said := job.concurrency) is not None:
                group, cancels = text_of(said.group, known), interpolate(said.cancels, known)
                groups = self.runner.groups
                stack.enter_context(groups.held(group, self.run_id, cancels=truthy(cancels)))
            environment = text_of(job.environment.name, known) if job.environment else ""
            if refused := self._refused(environment):
                return JobResult(name, "failure", reason=refused, environment=environment)
            given = grants(self.runner.settings, self.workflow, job, self.event, environment)
            folder = self.folder / _safe(name)
            machine = stack.enter_context(Machine(folder, self._repository()))
            return self._on(machine, job, {**contexts, "vars": dict(given.variables)}, given, name)

    def _repository(self) -> str:
        return self.runner.settings.repository.partition("/")[2]

    def _refused(self, environment: str) -> str:
        """Why the environment does not let the job in; '' if it does."""
        if not environment:
            return ""
        said = self.runner.settings.environment(environment)
        if not said.allows(self.event.ref):
            return f"{self.event.ref} is not allowed to deploy to {environment}"
        if said.reviewers and not self.runner.approved(environment):
            return f"the deployment to {environment} was rejected"
        return ""

    def _on(
        self, machine: Machine, job: Job, contexts: Mapping[str, Value], given: Grants, name: str
    ) -> JobResult:
        token = self.runner.token(given.permissions)
        github = machine_context(self.github, machine, job, self.event, token)
        known = scope("job", contexts)
        minutes = interpolate(job.minutes, known)
        running = Running(
            runner=self.runner,
            workflow=self.workflow,
            job=job,
            event=self.event,
            run_id=self.run_id,
            machine=machine,
            grants=given,
            token=token,
            contexts={
                **contexts,
                "github": Closed("github", github),
                "secrets": {**given.secrets, "GITHUB_TOKEN": token},
            },
            masks=Masks([*given.secrets.values(), token]),
            until=time.monotonic() + 60 * (360 if minutes is None else to_number(minutes)),
            environment=text_of(job.environment.name, known) if job.environment else "",
        )
        self._surround(running)
        frame = Frame(running, job.steps, inputs=contexts["inputs"])
        if job.container is not None and not self._container(running, name):
            return self._ended(running, replace(job, outputs={}), frame.contexts({}), name)
        running.finished += frame.run()
        return self._ended(running, job, frame.contexts({}), name)

    def _surround(self, running: Running) -> None:
        """The `env:` of the workflow and of the job."""
        for place, env in (("workflow env", self.workflow.env), ("job env", running.job.env)):
            with at("env"):
                known = scope(place, running.contexts)
                running.env |= {key: text_of(value, known) for key, value in env.items()}
        refuse_reserved(running.env)

    def _container(self, running: Running, name: str) -> bool:
        """Ask the tests what to do with a job in a container: run its steps here, or not."""
        container = running.job.container
        assert container is not None
        image = text_of(container.image, scope("job", running.contexts))
        if self.runner.containers is None:
            raise Unknown(f"{name} runs in the container {image}")
        running.container = True
        return self.runner.containers(running.job, image)

    def _ended(
        self, running: Running, job: Job, contexts: Mapping[str, Value], name: str
    ) -> JobResult:
        outputs = {}
        with at("outputs"):
            known = scope("outputs", contexts)
            for key, value in job.outputs.items():
                outputs[key] = text_of(value, known)
                if running.masks.hide(outputs[key]) != outputs[key]:
                    # GitHub empties what may hold a secret, and says so.
                    outputs[key] = ""
                    message = f"Skip output '{key}' since it may contain secret."
                    running.annotations.append(Annotation("warning", message))
        failed = not running.ok and not truthy(interpolate(job.continues, scope("job", contexts)))
        return JobResult(
            name=name,
            conclusion="failure" if failed else "success",
            steps=tuple(running.finished),
            annotations=tuple(running.annotations),
            summary="".join(running.summary),
            outputs=outputs,
            secrets=frozenset(running.grants.secrets),
            permissions=running.grants.permissions,
            environment=running.environment,
            url=self._url(job, contexts),
            title=name if job.title is None else text_of(job.title, scope("job", contexts)),
        )

    def _url(self, job: Job, contexts: Mapping[str, Value]) -> str:
        if job.environment is None:
            return ""
        with at("environment url"):
            return text_of(job.environment.url, scope("environment url", contexts))


def _strategy(index: int, total: int, *, fail_fast: bool, most: Value) -> Closed:
    said = {"fail-fast": fail_fast, "job-index": index, "job-total": total, "max-parallel": most}
    return Closed("strategy", said)


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-._" else "_" for letter in name)


def _status(
    workflow: Workflow, job: Job, ended: Mapping[str, Ended]
) -> dict[str, Callable[[], bool]]:
    """Over all jobs that the job needs, directly or not: one that was skipped is no success."""
    above: set[str] = set()
    waiting = list(job.needs)
    while waiting:
        name = waiting.pop()
        if name not in above:
            above.add(name)
            waiting += workflow.jobs[name].needs
    results = {ended[name].result for name in above}
    return {
        "success": lambda: results <= {"success"},
        "failure": lambda: "failure" in results,
        "always": lambda: True,
        "cancelled": lambda: False,
    }


def _together(job: Job, results: Mapping[str, JobResult]) -> Ended:
    conclusions = [result.conclusion for result in results.values()]
    worst = next((c for c in ("failure", "cancelled") if c in conclusions), "success")
    outputs = dict.fromkeys(job.outputs, "")
    for result in results.values():
        outputs |= {key: value for key, value in result.outputs.items() if value}
    return Ended(worst, outputs, results)

"""One job of a run: whether it runs, what it is given, and what it comes to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.actions import loading
from tests.actions.commands import Masks
from tests.actions.events import Event
from tests.actions.expressions import Scope, holds, interpolate, text_of
from tests.actions.grants import Grants, Handed, asked, grants, typed
from tests.actions.groups import Dropped
from tests.actions.machine import Machine
from tests.actions.matrix import combinations, label
from tests.actions.places import scope
from tests.actions.results import Annotation, JobResult
from tests.actions.settled import Running, machine_context
from tests.actions.stepping import Frame, refuse_reserved
from tests.actions.unknown import Unknown, at
from tests.actions.values import Closed, Value, to_number, truthy
from tests.actions.workflow import Called, Concurrency, Job, Workflow

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
    """What the jobs of one run share, or those of a workflow that a job of it calls: then `prefix`
    is that job's id, and `above` the name of its check."""

    runner: Runner
    workflow: Workflow
    event: Event
    run_id: int
    github: Mapping[str, Value]
    folder: Path
    inputs: Mapping[str, Value]
    handed: Handed = field(default_factory=Handed)
    prefix: str = ""
    above: str = ""

    def jobs(self) -> dict[str, Ended]:
        """All jobs, one after the other, in an order that `needs` allows."""
        ended: dict[str, Ended] = {}
        waiting = dict(self.workflow.jobs)
        while waiting:
            ready = [job for job in waiting.values() if all(need in ended for need in job.needs)]
            if not ready:
                raise Unknown(f"jobs that need each other: {', '.join(waiting)}")
            with at(f"job {ready[0].id}"):
                ended[ready[0].id] = self.job(waiting.pop(ready[0].id), ended)
        return ended

    def job(self, job: Job, ended: Mapping[str, Ended]) -> Ended:
        """Run a job, in every combination, or skip it."""
        contexts = self._contexts(job, ended)
        status = _status(self.workflow, job, ended)
        with at("if"):
            wanted = holds(job.condition, scope("job if", contexts, status))
        if not wanted:
            # A matrix is not expanded then, nor an expression in a name.
            title = self.above + str(job.title or job.id)
            reason = "its if, or a job it needs"
            skipped = JobResult(self.prefix + job.id, "skipped", reason=reason, title=title)
            return Ended("skipped", dict.fromkeys(job.outputs, ""), {skipped.name: skipped})
        if job.strategy is None:
            strategy = _strategy(0, 1, fail_fast=True, most=1)
            return self._ran(job, {**contexts, "strategy": strategy}, self.prefix + job.id)
        known = scope("strategy", contexts)
        cases = combinations(job.strategy, known)
        fast = truthy(interpolate(job.strategy.fail_fast, known))
        most = interpolate(job.strategy.max_parallel, known)
        results: dict[str, JobResult] = {}
        for index, case in enumerate(cases):
            name = f"{self.prefix}{job.id} ({label(case)})"
            if fast and any(done.conclusion == "failure" for done in results.values()):
                title = self._title(job, {**contexts, "matrix": case})
                results[name] = JobResult(name, "cancelled", reason="fail-fast", title=title)
                continue
            strategy = _strategy(index, len(cases), fail_fast=fast, most=most or len(cases))
            with at(name):
                known_here = {**contexts, "strategy": strategy, "matrix": case}
                results |= self._ran(job, known_here, name).results
        return _together(job, results)

    def _ran(self, job: Job, contexts: Mapping[str, Value], name: str) -> Ended:
        """One combination of a job, or the workflow that it calls."""
        try:
            with ExitStack() as stack:
                self.hold(stack, job.concurrency, scope("job", contexts))
                if job.called is not None:
                    return self._called(job, job.called, contexts, name)
                return _together(job, {name: self._one(job, contexts, name)})
        except Dropped:
            reason = "a newer one waits in its concurrency group"
            title = self._title(job, contexts)
            dropped = JobResult(name, "cancelled", reason=reason, title=title)
            return Ended("cancelled", dict.fromkeys(job.outputs, ""), {name: dropped})

    def hold(self, stack: ExitStack, said: Concurrency | None, known: Scope) -> None:
        """Wait for a concurrency group, and hold it as long as the stack."""
        if said is not None:
            group, cancels = text_of(said.group, known), truthy(interpolate(said.cancels, known))
            held = self.runner.groups.held(group, self.run_id, cancels=cancels, queue=said.queue)
            stack.enter_context(held)

    def _called(self, job: Job, called: Called, contexts: Mapping[str, Value], name: str) -> Ended:
        """Another workflow, with what the job hands over to it."""
        workflow = self.runner.called(self.workflow, called)
        known = scope("call secrets", {**contexts, "secrets": self._secrets()})
        inputs = {key: interpolate(value, known) for key, value in called.inputs.items()}
        handed = Handed(
            secrets={key: text_of(value, known) for key, value in called.secrets.items()},
            most=asked(self.runner.settings, self.workflow, job, self.handed.most),
        )
        inside = replace(
            self,
            workflow=workflow,
            folder=self.folder / _safe(name),
            inputs=typed(workflow.on["workflow_call"].get("inputs") or {}, inputs),
            handed=handed,
            prefix=f"{name} / ",
            above=f"{self._title(job, contexts)} / ",
        )
        with ExitStack() as stack:
            self.hold(stack, workflow.concurrency, scope("workflow", inside.contexts()))
            ended = inside.jobs()
        results: dict[str, JobResult] = {}
        for one in ended.values():
            results |= one.results
        return replace(_together(job, results), outputs={})

    def _secrets(self) -> Mapping[str, str]:
        """What a job without an environment has."""
        if self.event.untrusted:
            return {}
        return self.runner.settings.secrets if self.handed.secrets is None else self.handed.secrets

    def _title(self, job: Job, contexts: Mapping[str, Value]) -> str:
        """The name of the check."""
        title = job.id if job.title is None else text_of(job.title, scope("job", contexts))
        if job.strategy is not None and "${{" not in str(job.title):
            title = f"{title} ({label(contexts['matrix'])})"
        return self.above + title

    def _contexts(self, job: Job, ended: Mapping[str, Ended]) -> dict[str, Value]:
        needs = {}
        for name in job.needs:
            outputs = Closed(f"needs.{name}.outputs", dict(ended[name].outputs))
            needs[name] = Closed(
                f"needs.{name}", {"result": ended[name].result, "outputs": outputs}
            )
        return {**self.contexts(), "needs": Closed("needs", needs)}

    def contexts(self) -> dict[str, Value]:
        """Those of all jobs."""
        variables = {} if self.event.untrusted else dict(self.runner.settings.variables)
        return {
            "github": Closed("github", dict(self.github)),
            "inputs": dict(self.inputs),
            "vars": variables,
        }

    def _one(self, job: Job, contexts: Mapping[str, Value], name: str) -> JobResult:
        known = scope("job", contexts)
        loading.runs_on(interpolate(job.runs_on, known))
        with ExitStack() as stack:
            environment = text_of(job.environment.name, known) if job.environment else ""
            if refused := self._refused(environment):
                title = self._title(job, contexts)
                return JobResult(
                    name, "failure", reason=refused, environment=environment, title=title
                )
            settings = self.runner.settings
            given = grants(settings, self.workflow, job, self.event, environment, self.handed)
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
        for post in reversed(running.posts):
            post()
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
            title=self._title(job, contexts),
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
    if set(conclusions) == {"skipped"}:
        worst = "skipped"
    outputs = dict.fromkeys(job.outputs, "")
    for result in results.values():
        outputs |= {key: value for key, value in result.outputs.items() if value}
    return Ended(worst, outputs, results)

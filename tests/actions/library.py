"""What `uses:` may name: actions that this runner does itself, and composite ones in folders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.actions import artifacts, cache, checkout, pages, python, yamlfile
from tests.actions.expressions import text_of
from tests.actions.loading import steps as load_steps
from tests.actions.places import (
    GITHUB,
    JOB,
    RUNNER,
    STRATEGY,
    closed,
    scope,
    verify_steps,
)
from tests.actions.stepping import Done, Frame, refuse_reserved
from tests.actions.unknown import Unknown, at, only, words
from tests.actions.values import Value
from tests.actions.workflow import NOWHERE, Home, Step

_PINNED = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(?P<sub>/[\w./-]+)?@(?P<ref>[0-9a-f]{40})")
_ROOT = words("name author description inputs outputs runs branding")
_INPUT = words("description required default deprecationMessage")

Given = Mapping[str, str]


@dataclass(frozen=True)
class Known:
    """An action done here: the inputs that it understands, and what it does."""

    inputs: frozenset[str]
    act: Callable[[Frame, Step, Given, Done], None]


ACTIONS: Mapping[str, Known] = {
    "actions/cache": Known(cache.INPUTS, cache.act),
    "actions/checkout": Known(checkout.INPUTS, checkout.act),
    "actions/deploy-pages": Known(pages.DEPLOY, pages.deploy),
    "actions/setup-python": Known(python.INPUTS, python.act),
    "actions/upload-artifact": Known(artifacts.UPLOAD, artifacts.upload),
    "actions/upload-pages-artifact": Known(pages.UPLOAD, pages.upload),
    "actions/download-artifact": Known(artifacts.DOWNLOAD, artifacts.download),
}


@dataclass(frozen=True)
class Composite:
    """An action made of steps; `inputs` and `outputs` as its file declares them."""

    folder: Path
    inputs: Mapping[str, Mapping[str, Value]]
    outputs: Mapping[str, Mapping[str, Value]]
    steps: tuple[Step, ...]


class Library:
    """`folders` maps "owner/repo" to the folder that stands for that repository; `source` gives
    the folder of a commit."""

    def __init__(self, folders: Mapping[str, Path], source: Callable[[Home], Path]) -> None:
        self._folders, self._source = folders, source

    def verify(self, home: Home, step: Step) -> None:
        """Fail for an action or an input that is not known; a local one is looked at when used."""
        assert step.uses is not None
        if step.uses.startswith("./"):
            return
        found = self._find(step.uses, home)
        known = found.inputs if isinstance(found, Known) else frozenset(found.inputs)
        self._inputs(step, known)
        if isinstance(found, Composite):
            self._verify_composite(found, source(step.uses, home))

    def _inputs(self, step: Step, known: frozenset[str]) -> None:
        for name in step.inputs:
            if name not in known:
                raise Unknown(f"input {name!r} of {step.uses}")

    def _find(self, uses: str, home: Home) -> Known | Composite:
        if uses.startswith("$/"):
            below = uses.removeprefix("$/")
            if not below:
                raise Unknown("$/ without a path")
            return load(self._source(home) / below)
        pinned = _PINNED.fullmatch(uses)
        if pinned is None:
            raise Unknown(f"uses {uses!r}: no action pinned by a commit, nor one of ./ or $/")
        name, below = pinned["name"], pinned["sub"] or ""
        if name in ACTIONS and not below:
            return ACTIONS[name]
        if name in self._folders:
            return load(self._folders[name] / below.strip("/"))
        raise Unknown(f"action {name}{below}")

    def _verify_composite(self, action: Composite, home: Home) -> None:
        shapes: dict[str, Value] = {
            "github": closed("github", GITHUB),
            "runner": closed("runner", RUNNER),
            "strategy": closed("strategy", STRATEGY),
            "job": closed("job", JOB),
            "inputs": closed("inputs", frozenset(action.inputs)),
            "env": {},
            "matrix": {},
        }
        with at(str(action.folder / "action.yml")):
            verify_steps(action.steps, "composite", shapes, partial(self.verify, home))

    def use(self, frame: Frame, step: Step, given: Given, env: Given, done: Done) -> None:
        """Do what the step's action does; `done` tells."""
        assert step.uses is not None
        refuse_reserved(env)
        home = source(step.uses, frame.home)
        if step.uses.startswith("./"):
            local = load(frame.running.machine.workspace / step.uses)
            self._inputs(step, frozenset(local.inputs))
            self._verify_composite(local, home)
            found: Known | Composite = local
        else:
            found = self._find(step.uses, home)
        if isinstance(found, Known):
            found.act(frame, step, given, done)
        else:
            self._composite(frame, found, given, env, done, home)

    def _composite(
        self,
        frame: Frame,
        action: Composite,
        given: Given,
        env: Given,
        done: Done,
        home: Home,
    ) -> None:
        with at(str(action.folder / "action.yml")):
            known = scope("input default", frame.contexts(env))
            inputs: dict[str, Value] = {}
            for name, said in action.inputs.items():
                # GitHub does not insist on required inputs; the actions' authors wish it did.
                if name not in given and said.get("required") and "default" not in said:
                    raise Unknown(f"input {name!r} is required")
                default = said.get("default")
                inputs[name] = given.get(name, text_of("" if default is None else default, known))
            inner = Frame(
                frame.running,
                action.steps,
                place="composite",
                inputs=inputs,
                env={**frame.env, **env},
                action_path=str(action.folder),
                action=home,
            )
            results = inner.run()
            for result in (one for one in results if one.outcome != "skipped"):
                done.log += [f"> {result.name}", *result.log]
                done.code = result.code if result.code is not None else done.code
            done.ok = inner.ok
            ended = scope("composite", inner.contexts({}))
            for name, said in action.outputs.items():
                done.outputs[name] = text_of(said.get("value"), ended)


def source(uses: str, home: Home) -> Home:
    """Where an action is from that a file from `home` uses: nowhere, if the workspace."""
    if uses.startswith("$/"):
        return home
    pinned = _PINNED.fullmatch(uses)
    return NOWHERE if pinned is None else Home(pinned["name"], pinned["ref"])


def load(folder: Path) -> Composite:
    """The composite action in a folder: action.yml or action.yaml."""
    found = [folder / name for name in ("action.yml", "action.yaml") if (folder / name).is_file()]
    if not found:
        raise Unknown(f"no action.yml in {folder}")
    with at(str(found[0])):
        root = only(yamlfile.read(found[0]), _ROOT, "action")
        runs = only(root.get("runs"), frozenset({"using", "steps"}), "runs")
        if runs.get("using") != "composite":
            raise Unknown(f"runs using {runs.get('using')!r}")
        inputs = _declared(root.get("inputs"), _INPUT, "input")
        outputs = _declared(root.get("outputs"), frozenset({"description", "value"}), "output")
        steps = load_steps(runs.get("steps"))
        for step in steps:
            if step.run is not None and step.shell is None:
                raise Unknown(f"step {step.number} {step.name}: a composite's run needs a shell")
            if step.minutes is not None:
                raise Unknown(f"step {step.number} {step.name}: timeout-minutes in a composite")
        return Composite(folder.resolve(), inputs, outputs, steps)


def _declared(given: Value, keys: frozenset[str], what: str) -> dict[str, dict[str, Value]]:
    found = {}
    for name, said in (given or {}).items():
        found[name] = only(said or {}, keys, f"{what} {name}")
    return found

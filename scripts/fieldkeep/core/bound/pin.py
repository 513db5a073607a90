"""A plan that is pinned to its inputs: an apply stops if any of them has changed since."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fieldkeep.core.bound.inputs import LocalInputs, PlanInputs, plan_inputs
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.stored.keys import Keys
from fieldkeep.errors import Contended


@dataclass(frozen=True, slots=True)
class Changed:
    """An input that has changed since the plan; ``name`` is its key in the plan file."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class PlanPin:
    """Pins a sync to a plan; ``path`` is the plan file as the user named it."""

    planned: PlanInputs
    local: LocalInputs
    path: str

    def check(self, desired: Desired, options: PlanOptions, evaluation: Evaluation) -> None:
        """Raises Contended, which names every changed input; nothing has been written yet."""
        changed = changes(self.planned, plan_inputs(self.local, desired, options, evaluation))
        if changed:
            messages = "; ".join(change.message for change in changed)
            raise Contended(
                f"this is not what was planned, nothing was written: {messages}", self._hint()
            )

    def lost(self, keys: tuple[str, ...], *, begun: bool) -> Contended:
        """The error for a write by somebody else between our comparison and our own write."""
        how = "the apply was begun, and not finished" if begun else "nothing was written"
        names = ", ".join(keys) or "the store"
        return Contended(f"{names} changed while the plan was applied: {how}", self._hint())

    def overtaken(self) -> Contended:
        """The error for a write by somebody else right after ours was applied."""
        return Contended(
            "the plan was applied, and somebody wrote right after: what is live is not the plan's",
            self._hint(),
        )

    def _hint(self) -> str:
        name = self.planned.environment
        environment = f" --env {shlex.quote(name)}" if name else ""
        command = f"fieldkeep plan{environment} --out {shlex.quote(self.path)}"
        return f"look at what changed, and plan again: {command}"


def changes(planned: PlanInputs, now: PlanInputs) -> tuple[Changed, ...]:
    """Every input that differs, in words. The digest of the plan is named only if it differs and no
    input explains that."""
    changed = [*_destination(planned, now), *_desired(planned, now), *_permissions(planned, now)]
    if (planned.store, planned.key) == (now.store, now.key):
        changed += _store(planned, now)
    if not changed and planned.digest != now.digest:
        changed.append(Changed("digest", "what would be written is something else than planned"))
    return tuple(changed)


def _destination(planned: PlanInputs, now: PlanInputs) -> Iterator[Changed]:
    for name in ("environment", "store", "key", "owner"):
        before, after = getattr(planned, name), getattr(now, name)
        if before != after:
            yield Changed(name, f"{name}: planned {before or 'none'}, here {after or 'none'}")
    if planned.tool_version != now.tool_version:
        versions = f"fieldkeep {planned.tool_version} made the plan, this is {now.tool_version}"
        yield Changed("tool_version", versions)


def _desired(planned: PlanInputs, now: PlanInputs) -> Iterator[Changed]:
    if planned.commit != now.commit:
        commits = f"commit: planned {planned.commit[:12]}, here {now.commit[:12]}"
        yield Changed("commit", commits)
    if now.dirty and not planned.dirty:
        clean = "the plan was made from a clean working tree"
        yield Changed("dirty", f"{clean}; this one has uncommitted changes")
    if planned.dirty and not now.dirty:
        unclean = "the plan was made from a working tree with uncommitted changes"
        yield Changed("dirty", f"{unclean}; this one is clean")
    if planned.fields != now.fields:
        yield Changed("fields", "the field files are not those of the plan")
    if planned.schema != now.schema:
        yield Changed("schema", "the schema is not that of the plan")
    if planned.settings != now.settings:
        names = "static_labels, exclude, unmanaged, machine_sources or history"
        yield Changed("settings", f"a setting differs ({names})")
    yield from _sources(dict(planned.sources), dict(now.sources))
    before, after = ([name for name, _ in inputs.sources] for inputs in (planned, now))
    if before != after and sorted(before) == sorted(after):
        yield Changed("sources", "the sources are in another order")


def _sources(planned: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[Changed]:
    for name in sorted(planned.keys() | now.keys()):
        match planned.get(name, ""), now.get(name, ""):
            case before, after if before == after:
                continue
            case "", _:
                how = "is new"
            case _, "":
                how = "is no longer configured"
            case None, _:
                how = "could not be read when planned, and can be read now"
            case _, None:
                how = "was read when planned, and cannot be read now"
            case _:
                how = "attaches other labels"
        yield Changed("extraction", f"source {name} {how}")


def _permissions(planned: PlanInputs, now: PlanInputs) -> Iterator[Changed]:
    if planned.flags != now.flags:
        flags = f"planned with {_spaced(planned.flags)}, here {_spaced(now.flags)}"
        yield Changed("flags", f"flags: {flags}")
    if planned.guards != now.guards:
        guards = f"planned {_spaced(planned.guards)}, here {_spaced(now.guards)}"
        yield Changed("guards", f"guards that refuse: {guards}")


def _spaced(names: tuple[str, ...]) -> str:
    return " ".join(names) or "none"


def _store(planned: PlanInputs, now: PlanInputs) -> Iterator[Changed]:
    keys = Keys(now.key)
    words = {
        keys.document: "the document in the store",
        keys.backup: "the newest backup",
        keys.history: "the history",
        keys.record: "the record of the last apply",
        keys.hold: "the hold",
    }
    for key, word in words.items():
        before, after = planned.live[key].content, now.live[key].content
        if before != after:
            how = "is there" if before is None else "is gone" if after is None else "changed"
            yield Changed("live", f"{word} {how} since the plan (key {key})")
    if planned.recreated != now.recreated:
        how = "was deleted and created anew" if now.recreated else "is not the recreated one"
        yield Changed("recreated", f"the document {how} since the plan (key {keys.document})")

"""A plan that is bound: which facts moved between the plan and its apply."""

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
    """A fact that is not any more what it was; ``what`` is its name in the file."""

    what: str
    message: str


@dataclass(frozen=True, slots=True)
class PlanPin:
    """A sync's bond to a plan; ``path`` is how the user named the file."""

    planned: PlanInputs
    ground: LocalInputs
    path: str

    def check(self, desired: Desired, request: PlanOptions, found: Evaluation) -> None:
        """Raises Contended, which names all that moved; nothing has been written yet."""
        listed = changes(self.planned, plan_inputs(self.ground, desired, request, found))
        if listed:
            named = "; ".join(one.message for one in listed)
            raise Contended(
                f"this is not what was planned, nothing was written: {named}", self._again()
            )

    def lost(self, keys: tuple[str, ...], *, begun: bool) -> Contended:
        """Somebody wrote between our comparison and our write."""
        how = "the apply was begun, and not finished" if begun else "nothing was written"
        named = ", ".join(keys) or "the store"
        return Contended(f"{named} changed while the plan was applied: {how}", self._again())

    def overtaken(self) -> Contended:
        """Our write was applied, and somebody has written since."""
        return Contended(
            "the plan was applied, and somebody wrote right after: what is live is not the plan's",
            self._again(),
        )

    def _again(self) -> str:
        where = self.planned.environment
        named = f" --env {shlex.quote(where)}" if where else ""
        command = f"fieldkeep plan{named} --out {shlex.quote(self.path)}"
        return f"look at what changed, and plan again: {command}"


def changes(planned: PlanInputs, now: PlanInputs) -> tuple[Changed, ...]:
    """Every fact that differs, in words. The plan's result is named only where nothing else
    explains that it differs."""
    listed = [*_where(planned, now), *_input(planned, now), *_allowance(planned, now)]
    if (planned.store, planned.key) == (now.store, now.key):
        listed += _store(planned, now)
    if not listed and planned.digest != now.digest:
        listed.append(Changed("digest", "what would be written is something else than planned"))
    return tuple(listed)


def _where(planned: PlanInputs, now: PlanInputs) -> Iterator[Changed]:
    for what in ("environment", "store", "key", "owner"):
        before, after = getattr(planned, what), getattr(now, what)
        if before != after:
            yield Changed(what, f"{what}: planned {before or 'none'}, here {after or 'none'}")
    if planned.tool_version != now.tool_version:
        versions = f"fieldkeep {planned.tool_version} made the plan, this is {now.tool_version}"
        yield Changed("tool_version", versions)


def _input(planned: PlanInputs, now: PlanInputs) -> Iterator[Changed]:
    if planned.commit != now.commit:
        commits = f"commit: planned {planned.commit[:12]}, here {now.commit[:12]}"
        yield Changed("commit", commits)
    if planned.dirty != now.dirty:
        how = "without uncommitted changes, here with" if now.dirty else "with uncommitted"
        yield Changed("dirty", f"planned {how}" + ("" if now.dirty else " changes, here without"))
    if planned.fields != now.fields:
        yield Changed("fields", "the field files are not those of the plan")
    if planned.schema != now.schema:
        yield Changed("schema", "the schema is not that of the plan")
    if planned.settings != now.settings:
        yield Changed("settings", "a setting differs (static_labels, exclude or history)")
    yield from _sources(dict(planned.sources), dict(now.sources))
    names = [[name for name, _ in one.sources] for one in (planned, now)]
    if names[0] != names[1] and sorted(names[0]) == sorted(names[1]):
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


def _allowance(planned: PlanInputs, now: PlanInputs) -> Iterator[Changed]:
    if planned.flags != now.flags:
        yield Changed(
            "flags", f"flags: planned with {_some(planned.flags)}, here {_some(now.flags)}"
        )
    if planned.guards != now.guards:
        guards = f"planned {_some(planned.guards)}, here {_some(now.guards)}"
        yield Changed("guards", f"guards that refuse: {guards}")


def _some(names: tuple[str, ...]) -> str:
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

"""What a plan is made from, as values that can be compared later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from fieldkeep import __version__
from fieldkeep.core.common import canonical
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.stored.keys import Snapshot
from fieldkeep.errors import InputError
from fieldkeep.model import (
    Json,
    PoolReading,
    Present,
    Reading,
    RuleRef,
    Skipped,
    Source,
    Writer,
)

_OTHER_FLAGS: Final = {"take_over": "--take-over", "hold": "--override-hold"}


@dataclass(frozen=True, slots=True)
class KeyDigest:
    """A key's value: ``content`` is its digest, None where there is no such key. ``index`` is only
    for people: it moves without a change of content, and a destroyed session is enough for that."""

    index: int
    content: str | None


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """What a plan was made from. Digests are ``sha256:...``; ``sources`` keep the settings' order,
    with None for one that could not be read; ``live`` is by key; ``guards`` are those that refused;
    ``digest`` is the plan's own."""

    environment: str | None
    store: str
    key: str
    owner: str | None
    commit: str
    dirty: bool
    fields: str
    schema: str
    settings: str
    sources: tuple[tuple[str, str | None], ...]
    live: Mapping[str, KeyDigest]
    recreated: bool
    guards: tuple[str, ...]
    flags: tuple[str, ...]
    tool_version: str
    digest: str


@dataclass(frozen=True, slots=True)
class LocalInputs:
    """What a look at the store does not change: where it is, and the bytes that were read here."""

    environment: str | None
    store: str
    files: tuple[Source, ...]
    schemas: tuple[Source, ...]


def committed(writer: Writer) -> str:
    """The commit that a plan is bound to. Raises InputError where there is none."""
    if writer.commit is None:
        raise InputError(
            "there is no commit here, and a plan is bound to one",
            "run it in a git checkout with at least one commit, or sync without a plan",
        )
    return writer.commit


def plan_inputs(
    ground: LocalInputs, desired: Desired, request: PlanOptions, found: Evaluation
) -> PlanInputs:
    """Raises InputError where there is no commit."""
    writer, choice = request.writer, desired.choice
    return PlanInputs(
        environment=ground.environment,
        store=ground.store,
        key=found.snapshot.keys.document,
        owner=writer.owner,
        commit=committed(writer),
        dirty=writer.dirty,
        fields=_files(ground.files),
        schema=canonical.digest([canonical.digest_of(one.content) for one in ground.schemas]),
        settings=canonical.digest([choice.static_labels, choice.exclude, request.depth]),
        sources=tuple((one.source, _attached(one)) for one in desired.readings),
        live=_live(found.snapshot),
        recreated=found.stored.recreated,
        guards=tuple(sorted({refusal.guard for refusal in found.plan.refusals})),
        flags=flags(request.allowed, prune=request.prune),
        tool_version=__version__,
        digest=found.plan.digest,
    )


def flags(allowed: Allowed, *, prune: bool) -> tuple[str, ...]:
    """As they are typed, sorted."""
    given = [field.name for field in fields(allowed) if getattr(allowed, field.name)]
    typed = [_OTHER_FLAGS.get(name, f"--allow-{name}") for name in given]
    return tuple(sorted([*typed, *(["--prune"] if prune else [])]))


def _files(sources: tuple[Source, ...]) -> str:
    named = {source.path.rsplit("/", 1)[-1]: source.content for source in sources}
    return canonical.digest({name: canonical.digest_of(content) for name, content in named.items()})


def _attached(reading: Reading) -> str | None:
    """What a source attaches, without what differs from one reading to the next: how long it took,
    how many targets were up, which values they had."""
    if isinstance(reading, Skipped):
        return None
    return canonical.digest(
        {
            "external_labels": dict(reading.external_labels),
            "pools": [_pool(pool) for pool in reading.pools],
            "files": reading.files,
            "port": reading.port,
        }
    )


def _pool(pool: PoolReading) -> Json:
    labels = [
        {
            "name": label.name,
            "certainty": label.certainty.value,
            "pattern": label.pattern,
            "rules": [_rule(rule) for rule in label.rules],
            "deleters": [_rule(rule) for rule in label.deleters],
        }
        for label in pool.labels
    ]
    return {"job": pool.job, "targets": pool.targets.value, "labels": labels}


def _rule(rule: RuleRef) -> Json:
    return [rule.index, rule.source_labels, rule.regex, rule.replacement, rule.action]


def _live(snapshot: Snapshot) -> dict[str, KeyDigest]:
    return {
        key: KeyDigest(value.index, canonical.digest_of(value.value))
        if isinstance(value := snapshot[key], Present)
        else KeyDigest(0, None)
        for key in snapshot.keys.all
    }

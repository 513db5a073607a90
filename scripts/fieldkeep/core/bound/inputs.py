"""The inputs of a plan, as values that can be compared when it is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldkeep import __version__
from fieldkeep.core.common import canonical
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.core.plan.guards import flags
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.errors import InputError
from fieldkeep.model import Json, PoolReading, Present, Reading, RuleRef, Skipped, Source, Writer


@dataclass(frozen=True, slots=True)
class KeyDigest:
    """``content`` is the digest of a key's value, None if the key is absent. ``index`` is only for
    people: a destroyed session, for one, changes it without changing the content."""

    index: int
    content: str | None


@dataclass(frozen=True, slots=True)
class PlanInputs:
    """Everything that a plan was made from. ``fields``, ``schema`` and ``settings`` are digests
    (``sha256:...``). ``sources`` has names and digests in the settings' order, None for a source
    that could not be read. ``live`` is by key, ``guards`` names those that refused, ``digest`` is
    that of the plan."""

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
    """Inputs of a plan that do not come from the store: environment, store address, field and
    schema files as read."""

    environment: str | None
    store: str
    files: tuple[Source, ...]
    schemas: tuple[Source, ...]


def committed(writer: Writer) -> str:
    """The commit that a plan is pinned to. Raises InputError if there is none."""
    if writer.commit is None:
        raise InputError(
            "there is no commit here, and a plan is bound to one",
            "run it in a git checkout with at least one commit, or sync without a plan",
        )
    return writer.commit


def plan_inputs(
    local: LocalInputs, desired: Desired, options: PlanOptions, evaluation: Evaluation
) -> PlanInputs:
    """The inputs of the plan of ``evaluation``. Raises InputError if there is no commit."""
    writer, choice = options.writer, desired.choice
    snapshot, plan = evaluation.snapshot, evaluation.plan
    return PlanInputs(
        environment=local.environment,
        store=local.store,
        key=snapshot.keys.document,
        owner=writer.owner,
        commit=committed(writer),
        dirty=writer.dirty,
        fields=_files(local.files),
        schema=canonical.digest([canonical.digest_of(source.content) for source in local.schemas]),
        settings=canonical.digest(
            [
                choice.static_labels,
                choice.exclude,
                options.depth,
                desired.machine_sources,
                desired.unmanaged,
            ]
        ),
        sources=tuple((reading.source, _labels_digest(reading)) for reading in desired.readings),
        live=_live(snapshot),
        recreated=evaluation.stored.recreated,
        guards=tuple(sorted({refusal.guard for refusal in plan.refusals})),
        flags=flags(options.allowed, prune=options.prune),
        tool_version=__version__,
        digest=plan.digest,
    )


def _files(sources: tuple[Source, ...]) -> str:
    named = {source.path.rsplit("/", 1)[-1]: source.content for source in sources}
    return canonical.digest({name: canonical.digest_of(content) for name, content in named.items()})


def _labels_digest(reading: Reading) -> str | None:
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

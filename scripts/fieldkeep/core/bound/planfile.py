"""The file of a plan that is pinned to its inputs: sealed when written, read strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from fieldkeep.core.bound.inputs import KeyDigest, PlanInputs
from fieldkeep.core.common import canonical
from fieldkeep.core.common.shape import Shape, WrongShapeError
from fieldkeep.core.plan.plan import SCHEMA, Plan
from fieldkeep.core.stored.keys import Keys
from fieldkeep.errors import InputError
from fieldkeep.model import MAX_INPUT_BYTES, Json, Source

_HINT: Final = "make one: fieldkeep plan --out FILE"


def encode(plan: Plan, inputs: PlanInputs | None) -> bytes:
    """The JSON of ``plan`` with a seal. Without ``inputs`` it can be read but not applied."""
    content = {**plan.to_json(), **({"bound": _inputs_to_json(inputs)} if inputs else {})}
    return (json.dumps(sealed(content), indent=2) + "\n").encode()


def sealed(content: Mapping[str, Json]) -> dict[str, Json]:
    """Adds a digest that shows damage and accidental edits; it is not a signature."""
    return {**content, "seal": canonical.digest(dict(content))}


def is_plan_file(content: bytes) -> bool:
    """Whether a file holds a plan, damaged or not: `--out` overwrites nothing else."""
    try:
        value = canonical.loads(content)
    except ValueError:
        return False
    return isinstance(value, dict) and {"schema", "changes", "digest", "seal"} <= value.keys()


def parse(source: Source) -> PlanInputs:
    """The inputs that a plan is pinned to. Raises InputError for a plan that cannot be applied."""
    try:
        return _parsed(source)
    except (ValueError, WrongShapeError) as error:
        message = f"{source.path}: not a plan that can be applied: {error}"
        raise InputError(message, _HINT) from error


def _parsed(source: Source) -> PlanInputs:
    if len(source.content) > MAX_INPUT_BYTES:
        raise ValueError(f"larger than {MAX_INPUT_BYTES // 1024 // 1024} MiB")
    value = canonical.loads(source.content, strict=True)
    if not isinstance(value, dict) or not {"schema", "digest"} <= value.keys():
        message = f"{source.path}: not a fieldkeep plan file (no `schema` and `digest`)"
        raise InputError(message, _HINT)
    if value["schema"] != SCHEMA:
        raise ValueError("it is of a schema number that this fieldkeep does not know")
    if "seal" not in value:
        raise ValueError("it has no seal, as `plan --out` writes one")
    if value != sealed({name: inner for name, inner in value.items() if name != "seal"}):
        raise ValueError(
            "its seal does not match: it was changed after it was made, or is incomplete"
        )
    if "bound" not in value:
        raise ValueError("it is not bound to the state of a store")
    plan = Shape(value)
    return _inputs_from_json(plan.object("bound"), plan.required("digest", str))


def _inputs_to_json(inputs: PlanInputs) -> dict[str, Json]:
    sources = [{"source": name, "content": content} for name, content in inputs.sources]
    live = {key: {"index": v.index, "content": v.content} for key, v in inputs.live.items()}
    return {
        "environment": inputs.environment,
        "store": inputs.store,
        "key": inputs.key,
        "owner": inputs.owner,
        "commit": inputs.commit,
        "dirty": inputs.dirty,
        "fields": inputs.fields,
        "schema": inputs.schema,
        "settings": inputs.settings,
        "extraction": _extraction(inputs.sources),
        "sources": sources,
        "live": live,
        "recreated": inputs.recreated,
        "guards": list(inputs.guards),
        "flags": list(inputs.flags),
        "tool_version": inputs.tool_version,
    }


def _extraction(sources: tuple[tuple[str, str | None], ...]) -> str:
    return canonical.digest([[name, content or "not read"] for name, content in sources])


def _inputs_from_json(bound: Shape, digest: str) -> PlanInputs:
    """Every input must be present. Raises WrongShapeError, ValueError."""
    sources = tuple(
        (source.required("source", str), source.nullable("content", str))
        for source in bound.objects("sources")
    )
    if bound.required("extraction", str) != _extraction(sources):
        raise ValueError("'extraction' does not follow from 'sources'")
    key, live = bound.required("key", str), bound.object("live")
    return PlanInputs(
        environment=bound.nullable("environment", str),
        store=bound.required("store", str),
        key=key,
        owner=bound.nullable("owner", str),
        commit=bound.required("commit", str),
        dirty=bound.required("dirty", bool),
        fields=bound.required("fields", str),
        schema=bound.required("schema", str),
        settings=bound.required("settings", str),
        sources=sources,
        live={name: _key_digest(live.object(name)) for name in Keys(key).all},
        recreated=bound.required("recreated", bool),
        guards=bound.strings("guards"),
        flags=bound.strings("flags"),
        tool_version=bound.required("tool_version", str),
        digest=digest,
    )


def _key_digest(value: Shape) -> KeyDigest:
    return KeyDigest(value.required("index", int), value.nullable("content", str))

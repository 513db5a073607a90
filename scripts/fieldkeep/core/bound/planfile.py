"""The file of a bound plan: written with a seal, read strictly, and refused rather than guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from fieldkeep.core.bound.inputs import KeyDigest, PlanInputs
from fieldkeep.core.common import canonical
from fieldkeep.core.common.shape import Shape, WrongShapeError
from fieldkeep.core.stored.keys import Keys
from fieldkeep.errors import InputError
from fieldkeep.model import MAX_INPUT_BYTES, Json, Source

SCHEMA: Final = 1


def encode(plan: Mapping[str, Json], facts: PlanInputs | None) -> bytes:
    """``plan`` is what ``plan --format json`` prints. Without facts it can be read, not applied."""
    content = {**plan, **({"bound": _bound(facts)} if facts else {})}
    return (json.dumps(sealed(content), indent=2) + "\n").encode()


def sealed(content: Mapping[str, Json]) -> dict[str, Json]:
    """The seal tells what was damaged or edited by mistake; it is no signature."""
    return {**content, "seal": canonical.digest(dict(content))}


def ours(content: bytes) -> bool:
    """Whether a file is a plan, whole or not: only over one is another written."""
    try:
        value = canonical.loads(content)
    except ValueError:
        return False
    return isinstance(value, dict) and {"schema", "changes", "digest", "seal"} <= value.keys()


def parse(source: Source) -> PlanInputs:
    """What a plan is bound to. Raises InputError for everything that cannot be applied as it is."""
    try:
        return _parsed(source.content)
    except (ValueError, WrongShapeError) as error:
        raise InputError(
            f"{source.path}: not a plan that can be applied: {error}",
            "make one: fieldkeep plan --out FILE",
        ) from error


def _parsed(content: bytes) -> PlanInputs:
    if len(content) > MAX_INPUT_BYTES:
        raise ValueError(f"larger than {MAX_INPUT_BYTES // 1024 // 1024} MiB")
    value = canonical.loads(content, strict=True)
    if not isinstance(value, dict) or not {"schema", "digest"} <= value.keys():
        raise ValueError("it is something else")
    if value["schema"] != SCHEMA:
        raise ValueError("it is of a schema number that this fieldkeep does not know")
    if "seal" not in value:
        raise ValueError("it has no seal, as `plan --out` writes one")
    if value != sealed({name: said for name, said in value.items() if name != "seal"}):
        raise ValueError("its seal does not match: it was changed after it was made, or cut off")
    if "bound" not in value:
        raise ValueError("it is not bound to the state of a store")
    plan = Shape(value)
    return _facts(plan.object("bound"), plan.required("digest", str))


def _bound(facts: PlanInputs) -> dict[str, Json]:
    sources = [{"source": name, "content": content} for name, content in facts.sources]
    live = {key: {"index": v.index, "content": v.content} for key, v in facts.live.items()}
    return {
        "environment": facts.environment,
        "store": facts.store,
        "key": facts.key,
        "owner": facts.owner,
        "commit": facts.commit,
        "dirty": facts.dirty,
        "fields": facts.fields,
        "schema": facts.schema,
        "settings": facts.settings,
        "extraction": _extraction(facts.sources),
        "sources": sources,
        "live": live,
        "recreated": facts.recreated,
        "guards": list(facts.guards),
        "flags": list(facts.flags),
        "tool_version": facts.tool_version,
    }


def _extraction(sources: tuple[tuple[str, str | None], ...]) -> str:
    return canonical.digest([[name, content or "not read"] for name, content in sources])


def _facts(bound: Shape, digest: str) -> PlanInputs:
    """Each fact must be there: a plan that lacks one is refused."""
    sources = tuple(
        (one.required("source", str), one.nullable("content", str))
        for one in bound.objects("sources")
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
        live={name: _value(live.object(name)) for name in Keys(key).all},
        recreated=bound.required("recreated", bool),
        guards=bound.strings("guards"),
        flags=bound.strings("flags"),
        tool_version=bound.required("tool_version", str),
        digest=digest,
    )


def _value(said: Shape) -> KeyDigest:
    return KeyDigest(said.required("index", int), said.nullable("content", str))

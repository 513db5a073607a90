"""What the schema allows in one place of a field file: for reading a value that was typed without
YAML's quotes, and for offering choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from fieldkeep.core.fields.field_schema import resolve
from fieldkeep.model import Json

_TYPE_OF: Mapping[type, str] = {
    str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object",
}  # fmt: skip
_COMBINED = ("oneOf", "anyOf", "allOf")


@dataclass(frozen=True)
class Allowed:
    """The alternatives of one place: parts of the schema, references followed."""

    raw: Mapping[str, Json]
    nodes: Sequence[Mapping[str, Json]]

    @cached_property
    def types(self) -> frozenset[str]:
        """JSON types; none where the schema leaves it open."""
        return frozenset(kind for node in self.nodes for kind in _types(node))

    @cached_property
    def choices(self) -> tuple[Json, ...]:
        """The values that an enum or a const lists."""
        return tuple(dict.fromkeys(value for node in self.nodes for value in _listed(node)))

    @property
    def is_free_text(self) -> bool:
        """Whether a text may be here that is none of the choices."""
        return any("string" in _types(node) and not _listed(node) for node in self.nodes)

    @property
    def description(self) -> str:
        """For people, '' if there is none."""
        return next((str(text) for node in self.nodes if (text := node.get("description"))), "")

    @cached_property
    def items(self) -> Allowed:
        return self._inside(node["items"] for node in self.nodes if "items" in node)

    @cached_property
    def parts(self) -> dict[str, Allowed]:
        """What the parts of a map may be, by name."""
        maps = [node["properties"] for node in self.nodes if "properties" in node]
        names = dict.fromkeys(name for properties in maps for name in properties)
        return {
            name: self._inside(properties[name] for properties in maps if name in properties)
            for name in names
        }

    def _inside(self, nodes: Iterable[Json]) -> Allowed:
        return Allowed(self.raw, [n for node in nodes for n in _alternatives(self.raw, node)])


def allowed(raw: Mapping[str, Json]) -> Allowed:
    """For a whole field file; ``raw`` is the schema."""
    return Allowed(raw, list(_alternatives(raw, raw)))


def names(root: Allowed) -> dict[str, Allowed]:
    """What may be at each attribute, in the schema's order; the parts of a map as
    ``visibility.table``."""
    return {
        name: inner
        for key, value in root.parts.items()
        for name, inner in (
            (key, value),
            *((f"{key}.{part}", below) for part, below in value.parts.items()),
        )
    }


def _alternatives(
    raw: Mapping[str, Json], node: Json, depth: int = 0
) -> Iterator[Mapping[str, Json]]:
    if not isinstance(node, dict) or depth > 20:  # noqa: PLR2004 - a circle of references
        return
    yield node
    if isinstance(reference := node.get("$ref"), str):
        yield from _alternatives(raw, resolve(raw, reference), depth + 1)
    for keyword in _COMBINED:
        for inner in node.get(keyword, ()):
            yield from _alternatives(raw, inner, depth + 1)


def _listed(node: Mapping[str, Json]) -> list[Json]:
    values = [node["const"]] if "const" in node else node.get("enum", [])
    return [value for value in values if not isinstance(value, list | dict)]


def _types(node: Mapping[str, Json]) -> list[str]:
    kind = node.get("type")
    if kind is not None:
        return [kind] if isinstance(kind, str) else kind
    return [name for value in _listed(node) if (name := _TYPE_OF.get(type(value)))]

"""What a node means to who asks for it: the fields of a struct, a text, a list, a map.

Follows go-yaml v2 in strict mode: values count in document order, merge keys included, so that
a ``<<`` behind a key replaces it; duplicates and unknown fields are refused; null is "".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from fieldkeep.core import promkeys
from fieldkeep.core.promyaml import Listing, Node, Scalar, Table, refusal
from fieldkeep.core.suggest import did_you_mean

Known = Collection[str]
_DOCS = "see https://prometheus.io/docs/prometheus/latest/configuration/configuration/"


def fields(
    node: Node | None, kind: str, known: Known, also: Callable[[str], bool] = lambda _: False
) -> Mapping[str, Node]:
    """The fields of a struct: name -> the value that counts. A null node has none.

    Raises:
        InputError: not a mapping, a field set twice, or one neither in ``known`` nor ``also``.
    """
    result: dict[str, Node] = {}
    seen: dict[int, set[str]] = {}
    for level, key, value in pairs(node, kind):
        name = text(key)
        if name in seen.setdefault(level, set()):
            raise refusal(key.where, f"{name} is set twice in this {kind}", "keep one of the two")
        if name not in known and not also(name):
            hint = did_you_mean(name, known, _DOCS)
            raise refusal(key.where, f"unknown field {name} in this {kind}", hint)
        seen[level].add(name)
        result[name] = _filled(name, result.get(name), value)
    return result


def text_map(node: Node | None, kind: str) -> Mapping[str, str]:
    """A map of texts. Raises InputError for a key that is there already, merged ones too."""
    result: dict[str, str] = {}
    for _, key, value in pairs(node, kind):
        name = text(key)
        if name in result:
            raise refusal(key.where, f"{name} is set twice in this {kind}", "keep one of the two")
        result[name] = text(value)
    return result


def text(node: Node | None, default: str = "") -> str:
    """A scalar's text; ``default`` only where there is no node: null is ''."""
    match node:
        case None:
            return default
        case Scalar():
            return "" if node.null else node.text
        case _:
            raise refusal(
                node.where, f"a {_name(node)} where a text belongs", "write one value here"
            )


def items(node: Node | None, kind: str) -> tuple[Node, ...]:
    """A sequence's items; none for an absent or a null node."""
    match node:
        case None | Scalar(null=True):
            return ()
        case Listing():
            return node.items
        case _:
            raise refusal(
                node.where, f"{kind} must be a list", "write it as '- item' lines or [item]"
            )


def texts(node: Node | None, kind: str) -> tuple[str, ...]:
    """A sequence of texts."""
    return tuple(text(item) for item in items(node, kind))


def null(node: Node | None) -> bool:
    """Whether the node is there and null."""
    return isinstance(node, Scalar) and node.null


def _filled(name: str, before: Node | None, value: Node) -> Node:
    """A map that a merge key brought is filled by the one that follows, not replaced."""
    if name in promkeys.MAPS and isinstance(before, Table) and isinstance(value, Table):
        return Table(before.pairs + value.pairs, value.where)
    return value


def pairs(node: Node | None, kind: str, level: int = 0) -> Iterator[tuple[int, Scalar, Node]]:
    """Each key and value in the order they take effect, with the level of merging."""
    match node:
        case None | Scalar(null=True):
            return
        case Table():
            pass
        case _:
            raise refusal(
                node.where, f"a {_name(node)} where a {kind} belongs", "write 'key: value' lines"
            )
    for key, value in node.pairs:
        if not isinstance(key, Scalar):
            raise refusal(
                key.where, f"a {_name(key)} as a key in this {kind}", "keys are plain names"
            )
        if key.plain and key.text == "<<":
            for merged in _merged(value):
                yield from pairs(merged, kind, level + 1)
        else:
            yield level, key, value


def _merged(node: Node) -> tuple[Table, ...]:
    """What ``<<`` names, last first: earlier ones of a list take precedence."""
    parts = node.items[::-1] if isinstance(node, Listing) else (node,)
    for part in parts:
        if not isinstance(part, Table):
            raise refusal(
                part.where, "<< must name a mapping or a list of mappings", "see YAML merge keys"
            )
    return tuple(part for part in parts if isinstance(part, Table))


def _name(node: Node) -> str:
    return {Scalar: "text", Listing: "list", Table: "mapping"}[type(node)]

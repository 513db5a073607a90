"""What a node means to who asks for it: the fields of a struct, a text, a list, a map.

Follows go-yaml v2 in strict mode: values count in document order, merge keys included, so that
a ``<<`` behind a key replaces it; duplicates and unknown fields are refused; null is "".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar, Table, refusal
from fieldkeep.core.labels.relabel.version import NEWEST, Version
from fieldkeep.errors import InputError

MERGE: Final = "<<"
Known = Collection[str]
_DOCS: Final = "see https://prometheus.io/docs/prometheus/latest/configuration/configuration/"


def fields(
    node: Node | None, kind: str, known: Known, also: Callable[[str], bool] = lambda _: False
) -> Mapping[str, Node]:
    """The fields of a struct: name -> the value that counts. A null node has none.

    Raises:
        InputError: not a mapping, a field set twice, or one neither in ``known`` nor ``also``.
    """
    result: dict[str, Node] = {}
    for name, key, value in pairs(node, kind):
        if name not in known and not also(name):
            hint = did_you_mean(name, known, _DOCS)
            raise refusal(key.where, f"unknown field {name} in this {kind}", hint)
        result[name] = _filled(name, result.get(name), value)
    return result


def text_map(node: Node | None, kind: str) -> Mapping[str, str]:
    """A map of texts. Raises InputError for a key that is there already, merged ones too."""
    result: dict[str, str] = {}
    for name, key, value in pairs(node, kind):
        if name in result:
            raise _twice(name, key, kind)
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


def label_names(node: Node | None, kind: str, version: Version = NEWEST) -> tuple[str, ...]:
    """A sequence of label names. Prometheus 3 takes any but '', and even that written as null."""
    for item in items(node, kind):
        refuse_name(item, version)
    return texts(node, kind)


def refuse_name(node: Node, version: Version) -> None:
    """Raise InputError for what is no label name in that release; null is never looked at."""
    if null(node):
        return
    if not text(node):
        raise refusal(node.where, "an empty label name", "name the label")
    if not version.admits(text(node)):
        hint = f"Prometheus {version} takes letters, digits and underscores; 3.0 takes any text"
        raise refusal(node.where, "not a label name", hint)


def null(node: Node | None) -> bool:
    """Whether the node is there and null."""
    return isinstance(node, Scalar) and node.null


def _filled(name: str, before: Node | None, value: Node) -> Node:
    """A map that a merge key brought is filled by the one that follows, not replaced."""
    if name in known_fields.MAPS and isinstance(before, Table) and isinstance(value, Table):
        return Table(before.pairs + value.pairs, value.where)
    return value


def pairs(node: Node | None, kind: str) -> Iterator[tuple[str, Scalar, Node]]:
    """Each name with its key and value, in the order they take effect, merged ones among them.

    Raises:
        InputError: not a mapping, a key that is no text, or one twice in the same mapping.
    """
    match node:
        case None | Scalar(null=True):
            return
        case Table():
            pass
        case _:
            message = f"a {_name(node)} where a {kind} belongs"
            raise refusal(node.where, message, "write 'key: value' lines")
    own: set[str] = set()
    for key, value in node.pairs:
        if not isinstance(key, Scalar):
            raise refusal(key.where, f"a {_name(key)} as a key in this {kind}", "use a plain name")
        if key.plain and key.text == MERGE:
            for merged in _merged(value):
                yield from pairs(merged, kind)
            continue
        name = text(key)
        if name in own:
            raise _twice(name, key, kind)
        own.add(name)
        yield name, key, value


def _twice(name: str, key: Scalar, kind: str) -> InputError:
    return refusal(key.where, f"{name} is set twice in this {kind}", "keep one of the two")


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

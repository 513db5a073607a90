"""Decodes YAML nodes into structs, texts, lists and maps, as go-yaml v2 does in strict mode.

Later values replace earlier ones in document order, so a ``<<`` replaces the keys before it;
duplicates and unknown fields are refused; null is "".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar, Table, refusal
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine
from fieldkeep.errors import InputError

MERGE: Final = "<<"
_KINDS: Final = {
    known_fields.TOP: "Prometheus configuration",
    known_fields.INCLUDED: "Prometheus configuration",
    known_fields.GLOBAL: "global section",
    known_fields.JOB: "scrape job",
    known_fields.RULE: "relabel rule",
    known_fields.GROUP: "target group",
}
_DOCS: Final = "see https://prometheus.io/docs/prometheus/latest/configuration/configuration/"


def fields(
    node: Node | None, section: str, engine: Engine, any_field: bool = False
) -> Mapping[str, Node]:
    """The fields of a section by name (see ``known_fields``). A null node has none.

    Raises:
        InputError: not a mapping, a field set twice, or one that the engine does not know
            (``any_field``: it may be there).
    """
    result: dict[str, Node] = {}
    kind = _KINDS.get(section, f"{section.removesuffix('_configs')} config")
    known = known_fields.known(section, engine)
    for name, key, value in pairs(node, kind):
        if name not in known and engine.ignores_unknown:
            continue
        if name not in known and not any_field:
            hint = _unknown_field_hint(name, section, engine)
            raise refusal(key.where, f"unknown field {name} in this {kind}", hint)
        if engine.null_is_default and null(value):
            result.pop(name, None)
        else:
            result[name] = _merged_map(name, result.get(name), value)
    return result


def _unknown_field_hint(name: str, section: str, engine: Engine) -> str:
    if releases := known_fields.releases(section, name, engine):
        return f"{engine.name} {releases} know it, this source is read as {engine.version}"
    return did_you_mean(name, known_fields.known(section, engine), _DOCS)


def any_fields(node: Node) -> Mapping[str, Node]:
    """All fields of a mapping, known or not, with merge keys resolved; nothing is refused."""
    values: dict[str, Node] = {}
    for key, value in node.pairs if isinstance(node, Table) else ():
        if isinstance(key, Scalar) and key.plain and key.text == MERGE and isinstance(value, Table):
            values |= any_fields(value)
        elif isinstance(key, Scalar):
            values[key.text] = value
    return values


def text_map(node: Node | None, kind: str) -> Mapping[str, str]:
    """A map of texts. Raises InputError for a key that is set twice, by a merge key too."""
    result: dict[str, str] = {}
    for name, key, value in pairs(node, kind):
        if name in result:
            raise _twice(name, key, kind)
        result[name] = text(value)
    return result


def text(node: Node | None, default: str = "") -> str:
    """A scalar's text; '' for null, ``default`` if there is no node. Raises InputError."""
    match node:
        case None:
            return default
        case Scalar():
            return "" if node.null else node.text
        case _:
            raise refusal(
                node.where, f"a {_kind_of(node)} where a text belongs", "write one value here"
            )


def items(node: Node | None, kind: str) -> tuple[Node, ...]:
    """The items of a sequence; none if the node is absent or null. Raises InputError."""
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
    """The items of a sequence of texts. Raises InputError."""
    return tuple(text(item) for item in items(node, kind))


def label_names(node: Node | None, kind: str, engine: Engine = DEFAULT_ENGINE) -> tuple[str, ...]:
    """The items of a sequence of label names. Raises InputError; null is accepted as ''."""
    for item in items(node, kind):
        refuse_name(item, engine)
    return texts(node, kind)


def refuse_name(node: Node, engine: Engine) -> None:
    """Raise InputError if the release refuses the label name. Prometheus does not check null."""
    if null(node):
        return
    if not text(node):
        if engine.empty_names:
            return
        raise refusal(node.where, "an empty label name", "name the label")
    if not engine.is_label_name(text(node)):
        hint = f"{engine} takes letters, digits and underscores; 3.0 takes any text"
        raise refusal(node.where, "not a label name", hint)


def null(node: Node | None) -> bool:
    """Whether there is a node, and it is null."""
    return isinstance(node, Scalar) and node.null


def _merged_map(name: str, before: Node | None, value: Node) -> Node:
    """The value of a field that a merge key set before: of maps, both together."""
    if name in known_fields.MAPS and isinstance(before, Table) and isinstance(value, Table):
        return Table(before.pairs + value.pairs, value.where)
    return value


def pairs(node: Node | None, kind: str) -> Iterator[tuple[str, Scalar, Node]]:
    """Each name with its key and value, in the order they take effect, merge keys resolved.

    Raises:
        InputError: not a mapping, a key that is not a text, or a key set twice.
    """
    match node:
        case None | Scalar(null=True):
            return
        case Table():
            pass
        case _:
            message = f"a {_kind_of(node)} where a {kind} belongs"
            raise refusal(node.where, message, "write 'key: value' lines")
    names: set[str] = set()
    for key, value in node.pairs:
        if not isinstance(key, Scalar):
            raise refusal(
                key.where, f"a {_kind_of(key)} as a key in this {kind}", "use a plain name"
            )
        if key.plain and key.text == MERGE:
            for merged in _merged(value):
                yield from pairs(merged, kind)
            continue
        name = text(key)
        if name in names:
            raise _twice(name, key, kind)
        names.add(name)
        yield name, key, value


def _twice(name: str, key: Scalar, kind: str) -> InputError:
    return refusal(key.where, f"{name} is set twice in this {kind}", "keep one of the two")


def _merged(node: Node) -> tuple[Table, ...]:
    """The mappings that ``<<`` merges, last first: earlier ones of a list take precedence."""
    parts = node.items[::-1] if isinstance(node, Listing) else (node,)
    for part in parts:
        if not isinstance(part, Table):
            raise refusal(
                part.where, "<< must name a mapping or a list of mappings", "see YAML merge keys"
            )
    return tuple(part for part in parts if isinstance(part, Table))


def _kind_of(node: Node) -> str:
    return {Scalar: "text", Listing: "list", Table: "mapping"}[type(node)]

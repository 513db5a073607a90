"""Finds the fields of a configuration that its engine does not know, all of them at once."""

from __future__ import annotations

from collections.abc import Iterator

from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.decode import MERGE
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar, Table
from fieldkeep.core.labels.relabel.engine import Engine
from fieldkeep.model import Place


def unknown_fields(root: Node | None, engine: Engine) -> tuple[tuple[str, Place], ...]:
    """Name and place of each field, once however many aliases lead to it."""
    found = {place: name for name, place in _section(root, known_fields.TOP, engine)}
    return tuple((found[place], place) for place in sorted(found))


def _section(node: Node | None, section: str, engine: Engine) -> Iterator[tuple[str, Place]]:
    if isinstance(node, Listing):
        for item in node.items:
            yield from _section(item, section, engine)
    for key, value in node.pairs if isinstance(node, Table) else ():
        if not isinstance(key, Scalar):
            continue
        if key.plain and key.text == MERGE:
            yield from _section(value, section, engine)
        elif key.text not in known_fields.known(section, engine):
            yield key.text, key.where
        elif inner := _INNER.get(key.text, key.text if known_fields.is_discovery(key.text) else ""):
            yield from _section(value, inner, engine)


_INNER = {
    "global": known_fields.GLOBAL,
    "scrape_configs": known_fields.JOB,
    "relabel_configs": known_fields.RULE,
    "metric_relabel_configs": known_fields.RULE,
    "static_configs": known_fields.GROUP,
}

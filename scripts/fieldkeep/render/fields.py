"""One field, the list of all, and where each value of a field comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fieldkeep.core.common.places import places_of
from fieldkeep.core.document.attributes import NoValue
from fieldkeep.core.document.document import Document
from fieldkeep.core.merge.merged_field import MergedField
from fieldkeep.core.restore.field_history import HeldValue
from fieldkeep.model import Json
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Screen
from fieldkeep.render.tables import table
from fieldkeep.render.words import printable, value


def one_text(entry: Mapping[str, Json], _screen: Screen) -> str:
    longest = max(len(name) for name in entry)
    return "\n".join(
        f"{printable(name):<{longest}}  {value(entry[name])}" for name in _ordered(entry)
    )


def one_json(entry: Mapping[str, Json], _screen: Screen) -> str:
    return json.dumps(entry, indent=2, sort_keys=True)


ONE = {"text": one_text, "json": one_json}


def _ordered(entry: Mapping[str, Json]) -> list[str]:
    return ["name", *sorted(name for name in entry if name != "name")]


Held = Mapping[str, Sequence[HeldValue]]


def _explained(result: MergedField, held: Held) -> list[dict[str, Any]]:
    rows = []
    present = {u for u, d in result.decisions.items() if not isinstance(d.value, NoValue)}
    if any(attribute.startswith("validation.") for attribute in present):
        present.discard("validation")  # its parts say it all
    places = places_of(result.file) if result.file else None
    for attribute in sorted(present):
        decision = result.decisions[attribute]
        rows.append(
            {
                "attribute": attribute,
                "value": decision.value,
                "origin": decision.origin.value,
                "where": str(places.value(decision.entry)) if places and decision.entry else None,
                "drift": decision.drift.value if decision.drift else None,
                "lost": [
                    {"origin": side.value, "value": lost} for side, lost in decision.overruled
                ],
                "history": [
                    {"backup": e.index, "timestamp": e.backup.timestamp, "value": e.value}
                    for e in held.get(attribute, ())
                ],
            }
        )
    return rows


def explained_text(result: MergedField, held: Held, screen: Screen) -> str:
    rows = []
    for row in _explained(result, held):
        losing = [f"{item['origin']} {value(item['value'])}" for item in row["lost"]]
        losing += [f"backup {item['backup']} {value(item['value'])}" for item in row["history"]]
        lost = "; ".join(losing)
        origin = row["origin"] + (f" {row['where']}" if row["where"] else "")
        rows.append((row["attribute"], value(row["value"]), origin, lost))
    head = ("attribute", "value", "from", "losing values")
    return f"{printable(result.name)}, as a sync would leave it\n" + table(head, rows, screen)


def explained_json(result: MergedField, held: Held, _screen: Screen) -> str:
    return json_text(field=result.name, attributes=_explained(result, held))


EXPLAINED = {"text": explained_text, "json": explained_json}


def list_text(document: Document, screen: Screen) -> str:
    rows = [
        (
            name,
            _text(entry.get("display_name")),
            _text(entry.get("field_type")),
            _text(entry.get("category")),
            "yes" if entry.get("required") is True else "",
            "yes" if entry.get("available_for_registration") is True else "",
            _text(entry.get("order")),
            _text(entry.get("source_label")),
        )
        for name, entry in _sorted(document)
    ]
    head = ["name", "display name", "type", "category"]
    head += ["required", "auto-register", "order", "from"]
    return table(head, rows, screen, right=(6,))


def _text(content: Json) -> str:
    if isinstance(content, list):
        return ", ".join(map(_text, content))
    return "" if content is None else str(content)


def _sorted(document: Document) -> Sequence[tuple[str, Mapping[str, Json]]]:
    def key(item: tuple[str, Mapping[str, Json]]) -> tuple[float, str]:
        order = item[1].get("order")
        return (order if isinstance(order, int | float) else 999, item[0])

    return sorted(document.fields.items(), key=key)


def list_json(document: Document, _screen: Screen) -> str:
    return json_text(fields=[entry for _, entry in _sorted(document)])


LIST = {"text": list_text, "json": list_json}

"""What became of one field, attribute by attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fieldkeep.core.common.words import number
from fieldkeep.core.restore.field_history import AttributeHistory, Step
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Screen
from fieldkeep.render.tables import table
from fieldkeep.render.words import printable, value


def field_text(name: str, history: Sequence[AttributeHistory], screen: Screen) -> str:
    """A row for each value that an attribute had, the newest first."""
    changed = [attribute for attribute in history if len(attribute.steps) > 1]
    rows = [
        (printable(attribute.attribute) if first else "", *_row(step))
        for attribute in changed
        for first, step in zip(
            [True] + [False] * len(attribute.steps), attribute.steps, strict=False
        )
    ]
    rest = number(len(history) - len(changed), "attribute")
    head = ("attribute", "value", "backup", "since", "set by", "commit", "actor", "reason")
    lines = [printable(name), *([table(head, rows, screen, right=(2,))] if rows else [])]
    return "\n".join([*lines, f"{rest} never changed in these backups"])


def _row(step: Step) -> tuple[str, ...]:
    occasion = step.occasion
    return (
        value(step.value),
        "live" if step.index is None else str(step.index),
        printable(occasion.timestamp) if occasion else "",
        step.set_by,
        printable(occasion.commit or "")[:12] if occasion else "",
        printable(occasion.actor or "") if occasion else "",
        printable(occasion.reason or "") if occasion else "",
    )


def field_json(name: str, history: Sequence[AttributeHistory], _screen: Screen) -> str:
    attributes = [
        {"name": attribute.attribute, "values": [_data(step) for step in attribute.steps]}
        for attribute in history
    ]
    return json_text(field=name, attributes=attributes)


def _data(step: Step) -> dict[str, Any]:
    about = asdict(step.occasion) if step.occasion else dict.fromkeys(_ABOUT)
    return {"value": step.value, "backup": step.index, "set_by": step.set_by, **about}


_ABOUT = ("timestamp", "reason", "commit", "actor")
FIELD = {"text": field_text, "json": field_json}

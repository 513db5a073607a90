"""What became of one field, attribute by attribute."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from fieldkeep.core.common.words import number
from fieldkeep.core.restore.field_history import AttributeHistory, Step
from fieldkeep.core.stored.occasions import Occasion
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Line, Screen, Style, draw, line
from fieldkeep.render.tables import Column, table_lines
from fieldkeep.render.words import ago, commit_name, value

_COLUMNS: Final = (
    *(Column("attribute"), Column("value"), Column("backup", right=True), Column("since")),
    *(Column("set by"), Column("commit"), Column("actor"), Column("reason")),
)


def field_text(
    name: str, history: Sequence[AttributeHistory], screen: Screen, now: datetime
) -> str:
    """The values that each attribute had, the newest first; a row for each in a pipe."""
    changed = [attribute for attribute in history if len(attribute.steps) > 1]
    lines = [line((name, Style.NAME))]
    if screen.width is None:
        rows = [row for attribute in changed for row in _table_rows(attribute)]
        lines += table_lines(_COLUMNS, rows, screen) if rows else []
    else:
        lines += [shown for attribute in changed for shown in _timeline(attribute, now)]
    rest = number(len(history) - len(changed), "attribute")
    lines.append(line((f"{rest} never changed in these backups", Style.MUTED)))
    return draw(screen, lines)


def _timeline(attribute: AttributeHistory, now: datetime) -> Iterator[Line]:
    yield line((attribute.attribute, Style.HEADING))
    times = [ago(s.occasion.timestamp, now) if s.occasion else "live" for s in attribute.steps]
    widest = max(map(len, times))
    for step, time in zip(attribute.steps, times, strict=True):
        about = (f"set by {step.set_by}", Style.MUTED)
        yield line(f"  {time:<{widest}}  {value(step.value)}  ", about, indent=widest + 4)
        if step.occasion:
            number = f"replaced by backup {step.index}" if step.replaced else f"backup {step.index}"
            where = (number, *_occasion(step.occasion))
            yield line(
                " " * (widest + 4), (", ".join(filter(None, where)), Style.MUTED), indent=widest + 4
            )


def _occasion(occasion: Occasion) -> tuple[str | None, ...]:
    return occasion.reason, occasion.actor, commit_name(occasion.commit)


def _table_rows(attribute: AttributeHistory) -> Iterator[tuple[str, ...]]:
    for index, step in enumerate(attribute.steps):
        yield ("" if index else attribute.attribute, *_row(step))


def _row(step: Step) -> tuple[str, ...]:
    occasion = step.occasion
    return (
        value(step.value),
        "live" if step.index is None else str(step.index),
        occasion.timestamp if occasion else "",
        step.set_by,
        (occasion.commit or "")[:12] if occasion else "",
        (occasion.actor or "") if occasion else "",
        (occasion.reason or "") if occasion else "",
    )


def field_json(
    name: str, history: Sequence[AttributeHistory], _screen: Screen, _now: datetime
) -> str:
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

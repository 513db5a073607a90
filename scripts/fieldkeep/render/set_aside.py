"""The values that were set aside: the list, and one of them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.common.words import number
from fieldkeep.core.stored.set_aside import PREFIX, SetAside
from fieldkeep.model import Json
from fieldkeep.render.json_text import json_text
from fieldkeep.render.screen import Screen, Style, draw, line
from fieldkeep.render.tables import Column, table
from fieldkeep.render.words import printable, size

_LONGEST: Final = 20_000
_COLUMNS: Final = (
    Column("set aside"),
    Column("time", 2),
    Column("key", least=12),
    Column("size", 1, right=True),
    Column("checksum", 3, 16),
)


def list_text(entries: Sequence[SetAside], screen: Screen) -> list[str]:
    if not entries:
        return []
    rows = [
        (f"{PREFIX}{index}", entry.at or "unknown", entry.key, size(entry.size), entry.checksum)
        for index, entry in enumerate(entries)
    ]
    return ["", table(_COLUMNS, rows, screen)]


def list_data(entries: Sequence[SetAside]) -> list[dict[str, Json]]:
    return [_data(index, entry) for index, entry in enumerate(entries)]


def _data(index: int, entry: SetAside) -> dict[str, Json]:
    return {
        "index": index,
        "at": entry.at or None,
        "key": entry.key,
        "bytes": entry.size,
        "checksum": entry.checksum,
    }


def show_text(index: int, entry: SetAside, screen: Screen) -> str:
    """Its lines are never broken: they are the value's own."""
    text = entry.value().decode("utf-8", "backslashreplace")
    lines = [printable(line) for line in text[:_LONGEST].splitlines()]
    more = ["..., `--format json` shows all of it"] if len(text) > _LONGEST else []
    title = f"{PREFIX}{index}, {entry.at or 'of an unknown time'}: a value of {entry.key}"
    about = [f"size: {number(entry.size, 'byte')}", f"checksum: {entry.checksum}"]
    head = draw(screen, [line((title, Style.HEADING)), *about, ""])
    return "\n".join([head, *lines, *more])


def show_json(index: int, entry: SetAside, _screen: Screen) -> str:
    """``value`` is null for a value that is not JSON; ``base64`` has its bytes."""
    content = entry.value()
    try:
        value = canonical.loads(content)
    except ValueError:
        value = None
    encoded = base64.b64encode(content).decode("ascii")
    return json_text(**_data(index, entry), value=value, base64=encoded)


SHOW = {"text": show_text, "json": show_json}


def summary(entries: Sequence[SetAside]) -> str:
    """How many values are set aside, and of which keys; '' if there are none."""
    if not entries:
        return ""
    keys = ", ".join(dict.fromkeys(entry.key for entry in entries))
    newest = entries[0].at or "an unknown time"
    return f"{number(len(entries), 'value')} set aside, of {keys}; the newest of {newest}"

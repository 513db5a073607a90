"""Stores to render: an ordinary one, and one with texts that a terminal would obey."""

from __future__ import annotations

from typing import Any

from tests.core.build import KEYS, World, a_field, read

URL = "sqlite:///store.db"
TEXT = {"type": ["string", "null"]}
ESCAPE = "x\x1b[2J\u202e"


def world(**attributes: Any) -> World:
    made = World({"company": {"display_name": "A", **attributes}}, (read("m", "company"),))
    made.sync()
    return made


def hostile() -> World:
    """A store in which every text that another may write holds what a terminal would obey."""
    made = world()
    document = made.document()
    document["fields"] += [a_field(ESCAPE, description=ESCAPE, icon={ESCAPE: 1}), {"name": ESCAPE}]
    document["version"] = ESCAPE
    made.store.put(KEYS.document, document)
    backup = made.store.json(KEYS.backup)
    for name in ("backup_timestamp", "reason", "commit", "actor", "backup_version"):
        backup[name] = ESCAPE
    made.store.put(KEYS.backup, backup)
    made.store.put(KEYS.history, [backup, {"fields_data": ESCAPE}])
    record = made.store.json(KEYS.record)
    record |= {"actor": ESCAPE, "commit": ESCAPE, "applied": {"at": ESCAPE, "commit": ESCAPE}}
    made.store.put(KEYS.record, record)
    hold = {"until": "2020-01-01T00:00:00Z", "reason": ESCAPE, "actor": ESCAPE}
    made.store.put(KEYS.hold, {**hold, "until": "2099-01-01T00:00:00Z"})
    return made

"""The history and its entries: documented shapes, and nothing in them that a terminal obeys."""

from __future__ import annotations

import json
from itertools import product

from jsonschema import Draft202012Validator

from fieldkeep.core.restore.versions import around, between, find
from fieldkeep.core.stored import set_aside
from fieldkeep.core.stored.hold import decode as decode_hold
from fieldkeep.core.stored.verify import verify
from fieldkeep.render import history
from fieldkeep.render import set_aside as values_set_aside
from fieldkeep.render.history import Shown
from fieldkeep.render.screen import PIPE, Screen
from tests.core.build import KEYS, NOW, a_document, a_field
from tests.render.test_findings import raw_controls
from tests.render.worlds import TEXT, hostile, world

HISTORY_SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "backups", "set_aside", "hold"],
    "properties": {
        "schema": {"const": 1},
        "set_aside": {"type": "array"},
        "hold": {"type": ["object", "null"]},
        "backups": {
            "type": "array",
            "items": {
                "type": "object",
                "required": [
                    *("index", "timestamp", "reason", "commit", "actor", "total_fields", "bytes"),
                    "checksum",
                ],
                "properties": {
                    "index": {"type": "integer"},
                    **dict.fromkeys(("timestamp", "reason", "commit", "actor", "checksum"), TEXT),
                    "total_fields": {"type": ["integer", "null"]},
                    "bytes": {"type": "integer"},
                },
            },
        },
    },
}


def test_history_has_the_documented_shape_with_damage_and_strangers_in_it() -> None:
    made = world()
    entries = made.store.json(KEYS.history)
    entries += [
        7,
        None,
        [],
        {"fields_data": a_document(a_field("a"))},
        {**entries[0], "checksum": 1},
    ]
    made.store.put(KEYS.history, entries)
    backups = made.look()[1].history
    document = json.loads(history.LIST["json"](Shown(backups.entries, (), None, NOW), PIPE))
    Draft202012Validator(HISTORY_SHAPE).validate(document)
    assert [entry["index"] for entry in document["backups"]] == list(range(6))
    assert document["backups"][0]["total_fields"] == 1
    text = history.LIST["text"](Shown(backups.entries, (), None, NOW), PIPE)
    assert text.count("damaged") == 4
    assert "another writer's" in text


def test_no_history_says_how_to_get_one() -> None:
    assert "first sync" in history.LIST["text"](Shown((), (), None, NOW), PIPE)
    assert json.loads(history.LIST["json"](Shown((), (), None, NOW), PIPE)) == {
        "schema": 1,
        "backups": [],
        "set_aside": [],
        "hold": None,
    }


def test_history_sends_nothing_that_a_terminal_obeys() -> None:
    snapshot, stored = hostile().look()
    hold = decode_hold(snapshot[KEYS.hold], NOW)
    assert hold is not None
    aside = (set_aside.of("\x1b[2J", b"\x1b[2J \xff", "\x1b[2J"),)
    listed = Shown(stored.history.entries, aside, hold, NOW)
    shown, live = find(stored, "0"), find(stored, "live")
    differences = between(shown, live), around(shown, live)
    findings = verify(snapshot, stored)
    for form, screen in product(("text", "json"), (PIPE, Screen(60, unicode=True))):
        assert raw_controls(history.LIST[form](listed, screen)) == set()
        assert raw_controls(values_set_aside.SHOW[form](0, aside[0], screen)) == set()
        assert raw_controls(history.SHOW[form](shown, screen)) == set()
        assert raw_controls(history.DIFF[form](shown, live, *differences, screen)) == set()
        assert raw_controls(history.VERIFY[form](listed.entries, findings, screen)) == set()

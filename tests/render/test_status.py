"""Status: its documented shape, and nothing in it that a terminal obeys."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from fieldkeep.render.screen import PIPE
from fieldkeep.render.status import FORMATS
from tests.core.build import KEYS, World
from tests.render.test_findings import raw_controls
from tests.render.worlds import TEXT, URL, hostile, world

STATUS_SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *(
            "schema",
            "in_sync",
            "drift",
            "commit",
            "dirty",
            "last_apply",
            "hold",
            "backups",
            "store",
        ),
        "unsaved_edits",
    ],
    "properties": {
        "schema": {"const": 1},
        "in_sync": {"type": "boolean"},
        "drift": {
            "type": "array",
            "items": {"type": "object", "required": ["field", "class", "attributes"]},
        },
        "commit": TEXT,
        "dirty": {"type": ["boolean", "null"]},
        "last_apply": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "required": ["commit", "at", "actor"],
            "properties": {"commit": TEXT, "at": TEXT, "actor": TEXT},
        },
        "hold": {"type": ["object", "null"], "required": ["until", "reason", "actor"]},
        "backups": {"type": "integer"},
        "set_aside": {"type": "integer"},
        "unsaved_edits": {"type": "integer"},
        "store": {"type": "object"},
    },
}


def status_of(made: World) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(FORMATS["json"](made.evaluate(), URL, PIPE))
    Draft202012Validator(STATUS_SHAPE).validate(document)
    return document


def test_status_in_sync() -> None:
    made = world()
    document = status_of(made)
    assert document["in_sync"] is True
    assert document["last_apply"]["actor"] == "ada"
    assert document["last_apply"]["commit"] == document["commit"] == "a" * 40
    assert document["backups"] == 1
    text = FORMATS["text"](made.evaluate(), URL, PIPE)
    assert text.startswith("in sync\n")
    assert f"last apply  {document['last_apply']['at']} by ada; fields of commit {'a' * 12}" in text


def test_status_of_an_empty_store() -> None:
    made = World({"company": {}})
    document = status_of(made)
    assert (document["in_sync"], document["last_apply"], document["hold"]) == (False, None, None)
    assert "last apply  never" in FORMATS["text"](made.evaluate(), URL, PIPE)


def test_the_first_line_of_an_erased_key_says_what_to_type() -> None:
    made = world()
    backup = made.look()[1].history.newest
    assert backup
    made.store.delete(KEYS.document)
    text = FORMATS["text"](made.evaluate(), URL, PIPE)
    first, *_, last = text.splitlines()
    assert first == (
        "not in sync: the document is gone; `fieldkeep sync` puts back the backup of"
        f" {backup.timestamp}, edits included"
    )
    assert "there is no document" not in text
    assert "absent" not in text
    assert "`fieldkeep explain missing`" in text
    assert last == "on call: `fieldkeep help runbook`"
    made.store.put(KEYS.hold, {"until": "2099-01-01T00:00:00Z", "reason": "move", "actor": "bob"})
    first, *_ = FORMATS["text"](made.evaluate(), URL, PIPE).splitlines()
    assert "; `fieldkeep restore 0 --override-hold` puts back the backup of " in first


def test_the_first_line_of_a_damaged_document_says_why_and_what_to_type() -> None:
    made = world()
    made.store.put(KEYS.document, b"{")
    first, *_ = FORMATS["text"](made.evaluate(), URL, PIPE).splitlines()
    assert first.startswith("not in sync: the document cannot be read (")
    assert "); `fieldkeep sync` puts back the backup of " in first


def test_the_last_apply_has_the_time_that_its_backup_has() -> None:
    made = world()
    made.edit("company", display_name="typed")
    made.sync()  # two backups: of the edit, and a millisecond later of the result
    newest = made.history()[0]["backup_timestamp"]
    assert f"last apply  {newest} by " in FORMATS["text"](made.evaluate(), URL, PIPE)


def test_of_the_fields_only_what_there_is_is_counted() -> None:
    made = world()
    made.files["company"]["display_name"] = "B"
    text = FORMATS["text"](made.evaluate(), URL, PIPE)
    assert "to update" in text
    assert "0 to " not in text
    assert "0 kept" not in text


def test_status_names_drift_and_hold() -> None:
    made = world()
    made.edit("company", display_name="typed")
    made.store.put(KEYS.hold, {"until": "2099-01-01T00:00:00Z", "reason": "move", "actor": "bob"})
    document = status_of(made)
    assert document["in_sync"] is False
    assert document["drift"] == [
        {
            "field": "company",
            "class": "live-edited",
            "attributes": ["display_name"],
            "detail": None,
        }
    ]
    hold = {"until": "2099-01-01T00:00:00Z", "reason": "move", "actor": "bob"}
    assert document["hold"] == {**hold, "at": None, "by": None, "undoes": []}
    text = FORMATS["text"](made.evaluate(), URL, PIPE)
    assert "on hold until 2099-01-01T00:00:00Z by bob: move" in text


def test_a_hold_that_cannot_be_read_is_told_in_a_whole_sentence() -> None:
    made = world()
    made.store.put(KEYS.hold, b"garbage")
    text = FORMATS["text"](made.evaluate(), URL, PIPE)
    assert "until  by" not in text
    assert "cannot be read" in text


def test_status_sends_nothing_that_a_terminal_obeys() -> None:
    assert raw_controls(FORMATS["text"](hostile().evaluate(), URL, PIPE)) == set()
    assert raw_controls(FORMATS["json"](hostile().evaluate(), URL, PIPE)) == set()


def test_status_in_a_summary_is_text_and_nothing_else() -> None:
    html = FORMATS["markdown"](hostile().evaluate(), URL, PIPE)
    title, *_ = html.splitlines()
    assert title.startswith("<h3><code>")
    assert title.endswith(("</code> is in sync</h3>", "</code> is not in sync</h3>"))
    inside = html.split("<pre>\n")[1].split("\n</pre>")[0]
    assert "<" not in inside
    assert raw_controls(html) == set()

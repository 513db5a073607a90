"""Status, history, lists, steps and extraction: documented shapes, and nobody else's orders."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fieldkeep.core.common.words import number
from fieldkeep.core.document.document import Document, decode
from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.restore.versions import between, find
from fieldkeep.core.stored.hold import decode as decode_hold
from fieldkeep.core.stored.verify import verify
from fieldkeep.model import Certainty, Extracted, LabelReading, PoolReading, Targets
from fieldkeep.render import extraction, history, state, steps
from fieldkeep.render.fields import EXPLAINED, LIST, ONE
from fieldkeep.render.words import printable, size, value
from tests.core.build import (
    KEYS,
    NOW,
    World,
    a_document,
    a_field,
    label,
    present,
    read,
    rule,
    unread,
)
from tests.render.test_findings import raw_controls

URL = "sqlite:///store.db"

TEXT = {"type": ["string", "null"]}
STATUS_SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        *("schema", "in_sync", "drift", "commit", "dirty", "last_apply", "hold", "backups", "store")
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
        "store": {"type": "object"},
    },
}
HISTORY_SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "backups", "hold"],
    "properties": {
        "schema": {"const": 1},
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
RULE = {
    "index": "integer",
    "source_labels": "array",
    "regex": "string",
    "replacement": "string",
    "action": "string",
}
RULE_SHAPE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": list(RULE),
}
LABEL_SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "certainty", "pattern", "rules"],
    "properties": {
        "name": {"type": "string"},
        "certainty": {"enum": ["always", "maybe", "open"]},
        "pattern": TEXT,
        "reason": TEXT,
        "values": {"type": "array", "items": {"type": "string"}},
        "deleters": {"type": "array"},
        "rules": {
            "type": "array",
            "items": {
                **RULE_SHAPE,
                "properties": {name: {"type": kind} for name, kind in RULE.items()},
            },
        },
    },
}
EXTRACT_SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "sources"],
    "properties": {
        "schema": {"const": 1},
        "sources": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["source", "success", "error", "external_labels", "jobs"],
                "properties": {
                    "source": {"type": "string"},
                    "success": {"type": "boolean"},
                    "error": TEXT,
                    "external_labels": {"additionalProperties": {"type": "string"}},
                    "warnings": {"type": "array"},
                    "counts": {
                        "type": ["object", "null"],
                        "required": ["jobs", "always", "maybe", "open"],
                    },
                    "jobs": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["job", "targets", "labels"],
                            "properties": {
                                "job": {"type": "string"},
                                "targets": {"enum": ["some", "none", "unknown"]},
                                "live": {},
                                "labels": {"type": "array", "items": LABEL_SHAPE},
                            },
                        },
                    },
                },
            },
        },
    },
}


def world(**said: Any) -> World:
    made = World({"company": {"display_name": "A", **said}}, (read("m", "company"),))
    made.sync()
    return made


def setting(made: World) -> state.Setting:
    return state.Setting(URL, made.readings, "fieldkeep")


def status(made: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(state.STATUS["json"](made.evaluate(), URL))
    Draft202012Validator(STATUS_SHAPE).validate(found)
    return found


def test_status_in_sync() -> None:
    made = world()
    found = status(made)
    assert found["in_sync"] is True
    assert found["last_apply"]["actor"] == "ada"
    assert found["last_apply"]["commit"] == found["commit"] == "a" * 40
    assert found["backups"] == 1
    text = state.STATUS["text"](made.evaluate(), URL)
    assert text.startswith("in sync\n")
    assert f"last apply: {found['last_apply']['at']} by ada; fields of commit {'a' * 12}" in text


def test_status_of_an_empty_store() -> None:
    made = World({"company": {}})
    found = status(made)
    assert (found["in_sync"], found["last_apply"], found["hold"]) == (False, None, None)
    assert "last apply: never" in state.STATUS["text"](made.evaluate(), URL)


def test_status_names_drift_and_hold() -> None:
    made = world()
    made.edit("company", display_name="typed")
    made.store.put(KEYS.hold, {"until": "2099-01-01T00:00:00Z", "reason": "move", "actor": "bob"})
    found = status(made)
    assert found["in_sync"] is False
    assert found["drift"] == [
        {
            "field": "company",
            "class": "live-edited",
            "attributes": ["display_name"],
            "detail": None,
        }
    ]
    hold = {"until": "2099-01-01T00:00:00Z", "reason": "move", "actor": "bob"}
    assert found["hold"] == {**hold, "at": None, "by": None}
    text = state.STATUS["text"](made.evaluate(), URL)
    assert "on hold until 2099-01-01T00:00:00Z by bob: move" in text


def test_a_hold_that_cannot_be_read_is_told_in_a_whole_sentence() -> None:
    made = world()
    made.store.put(KEYS.hold, b"garbage")
    text = state.STATUS["text"](made.evaluate(), URL)
    assert "until  by" not in text
    assert "cannot be read" in text


# --------------------------------------------------------------------------- history


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
    found = json.loads(history.LIST["json"](backups.entries, None, 100))
    Draft202012Validator(HISTORY_SHAPE).validate(found)
    assert [entry["index"] for entry in found["backups"]] == list(range(6))
    assert found["backups"][0]["total_fields"] == 1
    text = history.LIST["text"](backups.entries, None, 200)
    assert text.count("damaged") == 4
    assert "another writer's" in text


def test_no_history_says_how_to_get_one() -> None:
    assert "first sync" in history.LIST["text"]((), None, 80)
    assert json.loads(history.LIST["json"]((), None, 80)) == {
        "schema": 1,
        "backups": [],
        "hold": None,
    }


# --------------------------------------------------------------------------- extraction


def test_extraction_has_the_documented_shape() -> None:
    family = LabelReading("$1", Certainty.OPEN, (rule("__meta_x", action="labelmap"),), "^a_(.*)$")
    readings = (
        Extracted(
            "m",
            {"site": "m"},
            (PoolReading("node", Targets.SOME, (label("a"), family, label("job", static=True))),),
        ),
        unread("n", "refused"),
    )
    found = json.loads(extraction.FORMATS["json"](readings))
    Draft202012Validator(EXTRACT_SHAPE).validate(found)
    assert found["sources"][0]["jobs"][0]["labels"][1]["pattern"] == "^a_(.*)$"
    assert found["sources"][0]["jobs"][0]["labels"][2]["rules"] == []
    assert found["sources"][1] == {
        "source": "n",
        "success": False,
        "error": "refused",
        "external_labels": {},
        "jobs": [],
        "warnings": [],
        "counts": None,
    }
    text = extraction.FORMATS["text"](readings)
    assert "n: not read: refused" in text
    assert "m: 1 job, 2 target labels (2 always, 0 maybe, 1 open)" in text


# --------------------------------------------------------------------------- other people's text

ESCAPE = "x\x1b[2J\u202e"


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


def test_status_sends_nothing_that_a_terminal_obeys() -> None:
    assert raw_controls(state.STATUS["text"](hostile().evaluate(), URL)) == set()
    assert raw_controls(state.STATUS["json"](hostile().evaluate(), URL)) == set()


def test_history_sends_nothing_that_a_terminal_obeys() -> None:
    snapshot, found = hostile().look()
    hold = decode_hold(snapshot[KEYS.hold], NOW)
    assert hold is not None
    for form in ("text", "json"):
        assert raw_controls(history.LIST[form](found.history.entries, hold, 300)) == set()
        shown = find(found, "0")
        assert raw_controls(history.SHOW[form](shown, 300)) == set()
        live = find(found, "live")
        assert raw_controls(history.DIFF[form](shown, live, between(shown, live))) == set()
        checked = history.VERIFY[form](found.history.entries, verify(snapshot, found))
        assert raw_controls(checked) == set()


def test_a_restores_preview_sends_nothing_that_a_terminal_obeys() -> None:
    made = hostile()
    made.store.delete(KEYS.hold)
    assert raw_controls(state.preview(made.restore("0"), URL)) == set()


def test_a_syncs_summary_and_its_steps_send_nothing_that_a_terminal_obeys() -> None:
    made = hostile()
    made.store.delete(KEYS.hold)
    found, journal = made.sync()
    lines = [
        *steps.stored(found.stored),
        steps.merged(found.merged),
        steps.writing(journal, URL),
        *steps.written(journal, 10),
        state.applied(found, journal, setting(made)),
        state.unchanged(found, setting(made)),
    ]
    assert raw_controls("\n".join(lines)) == set()
    made.store.delete(KEYS.document)
    assert raw_controls("\n".join(steps.stored(made.look()[1]))) == set()


def test_single_fields_and_lists_send_nothing_that_a_terminal_obeys() -> None:
    live = decode(hostile().store.get(KEYS.document))
    assert isinstance(live, Document)
    for form in ("text", "json"):
        assert raw_controls(ONE[form](live.fields[ESCAPE], 200)) == set()
        assert raw_controls(LIST[form](live, 200)) == set()
    merged = hostile().evaluate().merged.results[ESCAPE]
    for form in ("text", "json"):
        assert raw_controls(EXPLAINED[form](merged, 200)) == set()


# --------------------------------------------------------------------------- whatever is live


@pytest.mark.parametrize("given", [None, True, 5, 1.5, "x", [], [1, "a"], {"a": 1}, [[]]], ids=repr)
@pytest.mark.parametrize(
    "attribute", ["category", "order", "display_name", "field_type", "required", "source_label"]
)
def test_a_list_of_what_is_live_takes_any_value(attribute: str, given: Any) -> None:
    live = decode(present(a_document(a_field("a", **{attribute: given}), {"name": "b"})))
    assert isinstance(live, Document)
    assert "a" in LIST["text"](live, 120)
    assert len(json.loads(LIST["json"](live, 120))["fields"]) == 2
    assert ONE["text"](live.fields["a"], 120).startswith("name")


def test_explained_tells_origin_place_and_the_losing_values() -> None:
    made = world()
    made.edit("company", display_name="typed")
    result = made.evaluate().merged.results["company"]
    rows = {
        row["attribute"]: row for row in json.loads(EXPLAINED["json"](result, 200))["attributes"]
    }
    assert rows["display_name"]["value"] == "A"
    assert rows["display_name"]["origin"] == "git"
    assert rows["display_name"]["where"] == "fields/company.yaml:2:15"
    assert rows["display_name"]["lost"] == [{"origin": "live", "value": "typed"}]
    assert rows["regex"]["origin"] == "prometheus"
    text = EXPLAINED["text"](result, 200)
    assert "git fields/company.yaml:2:15" in text
    assert "typed" in text


def test_an_overruled_edit_is_named_in_the_summary() -> None:
    made = world()
    made.edit("company", display_name="typed")
    found, journal = made.sync()
    text = state.applied(found, journal, setting(made))
    assert 'overruled: company.display_name was "typed" in the store, git says "A"' in text
    assert "updated: company" in text
    assert f"store           {URL}, key {KEYS.document}" in text
    assert "(3 of 10 in the history)" in text


def test_steps_tell_a_restore_from_a_backup() -> None:
    made = world()
    stamp = made.store.json(KEYS.backup)["backup_timestamp"]
    made.store.delete(KEYS.document)
    assert steps.stored(made.look()[1]) == [
        f"store key absent: reading instead the backup of {stamp}"
    ]
    assert steps.stored(made.look()[1], applying=True) == [
        f"store key absent: restored from the backup of {stamp}"
    ]
    made.store.put(KEYS.document, b"")
    assert steps.stored(made.look()[1])[0].startswith("store key empty: reading")
    made.store.put(KEYS.document, b"[]")
    assert steps.stored(made.look()[1])[0].startswith("store key corrupt (not an object")
    for key in (KEYS.document, KEYS.backup, KEYS.history):
        made.store.delete(key)
    assert steps.stored(made.look()[1]) == ["store key absent: no backup either, starting from git"]


def test_words() -> None:
    assert (number(1, "field"), number(0, "field"), number(1234, "field")) == (
        "1 field",
        "0 fields",
        "1,234 fields",
    )
    assert (size(0), size(1023), size(1024), size(1536 * 1024)) == (
        "0 B",
        "1023 B",
        "1 KiB",
        "1.5 MiB",
    )
    assert printable("é日\x1b\n\u202e\ud800") == "é日\\x1b\\n\\u202e\\ud800"
    assert value(None) == "(none)"
    assert len(value("x" * 500)) == 100


def test_static_labels_are_chosen_by_settings() -> None:
    made = World({}, (read("m", label("dc", static=True)),), choice=LabelFilter(static_labels=True))
    made.sync()
    assert made.names() == ["dc"]


def test_status_in_a_summary_is_text_and_nothing_else() -> None:
    html = state.STATUS["markdown"](hostile().evaluate(), URL)
    title, *_ = html.splitlines()
    assert title.startswith("<h3><code>")
    assert title.endswith(("</code> is in sync</h3>", "</code> is not in sync</h3>"))
    inside = html.split("<pre>\n")[1].split("\n</pre>")[0]
    assert "<" not in inside
    assert raw_controls(html) == set()

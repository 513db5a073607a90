"""The extraction as text and JSON."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from fieldkeep.model import Certainty, Extracted, LabelReading, PoolReading, Targets
from fieldkeep.render import extraction
from fieldkeep.render.screen import PIPE
from tests.core.build import label, rule, unread
from tests.render.worlds import TEXT

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
                    "product": TEXT,
                    "version": TEXT,
                    "version_assumed": {"type": ["boolean", "null"]},
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
    encoded = "".join(extraction.FORMATS["json"](readings, PIPE))
    document = json.loads(encoded)
    assert encoded == json.dumps(document, indent=2)
    Draft202012Validator(EXTRACT_SHAPE).validate(document)
    assert document["sources"][0]["jobs"][0]["labels"][1]["pattern"] == "^a_(.*)$"
    assert document["sources"][0]["jobs"][0]["labels"][2]["rules"] == []
    assert document["sources"][1] == {
        "source": "n",
        "success": False,
        "error": "refused",
        "external_labels": {},
        "jobs": [],
        "warnings": [],
        "counts": None,
        "product": None,
        "version": None,
        "version_assumed": None,
    }
    text = "".join(extraction.FORMATS["text"](readings, PIPE))
    assert "n: not read: refused" in text
    assert "m: 1 job, 2 target labels (2 always, 0 maybe, 1 open)" in text

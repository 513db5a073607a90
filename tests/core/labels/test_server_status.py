"""The document's server_status, of sources that were read and of sources that failed."""

from __future__ import annotations

import pytest

from fieldkeep.core.labels.label_origins import LabelFilter
from fieldkeep.core.labels.server_status import server_status
from tests.core.build import DOCUMENT_SCHEMA, a_document, read, unread


def test_each_source_has_an_entry_in_the_order_of_the_settings() -> None:
    last_status = {
        "n": {
            "fields": [
                {"name": "b", "source_label": "s", "regex": "r", "replacement": "x"},
                {"name": "broken"},
                7,
            ],
            "external_labels": {"site": "n", "bad": 5},
            "port": 9090,
            "files_count": 2,
        }
    }
    entries = server_status([unread("n", "refused"), read("m", "a")], LabelFilter(), last_status)
    assert [(entry["hostname"], entry["success"]) for entry in entries] == [
        ("n", False),
        ("m", True),
    ]
    skipped, extracted = entries
    assert skipped["error"] == "refused"
    assert skipped["fields"] == [last_status["n"]["fields"][0]]  # type: ignore[index]
    assert skipped["external_labels"] == {"site": "n"}
    assert (skipped["port"], skipped["files_count"], skipped["fields_count"]) == (9090, 2, 1)
    assert extracted["error"] is None
    assert extracted["external_labels"] == {"site": "m"}
    status = {
        "total_servers": 2,
        "successful_servers": 1,
        "extraction_complete": False,
        "extracted_at": "2026-01-01T00:00:00Z",
        "server_status": entries,
    }
    assert DOCUMENT_SCHEMA.misfits(a_document(extraction_status=status)) == ()


@pytest.mark.parametrize(
    "last_status", [{}, {"n": {}}, {"n": {"fields": 7, "external_labels": [], "port": True}}]
)
def test_a_source_that_failed_has_an_entry_even_without_a_last_status(last_status: dict) -> None:  # type: ignore[type-arg]
    (entry,) = server_status([unread("n")], LabelFilter(), last_status)
    assert entry["fields"] == []
    assert entry["external_labels"] == {}
    assert entry["port"] == 0

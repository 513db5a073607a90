"""Completes a document that another writer made: what its readers need and it does not say."""

from __future__ import annotations

from collections.abc import Mapping

from fieldkeep.core.document.attributes import NAME, defaults
from fieldkeep.core.document.document import VERSION
from fieldkeep.core.document.document_schema import DocumentSchema
from fieldkeep.core.labels.label_origins import LabelOrigin
from fieldkeep.model import Json

_PAGE = "show_in_"


def completed(
    raw: Mapping[str, Json],
    live: Mapping[str, Mapping[str, Json]],
    schema: DocumentSchema,
    now: str,
) -> dict[str, Json]:
    """The document with each required attribute: where it is silent, the value of the ``live``
    field, else the default, as in a sync. What is there stays, right or wrong."""
    fields = raw.get("fields")
    entries = [_entry(e, live, schema) for e in fields] if isinstance(fields, list) else []
    head: dict[str, Json] = {
        "version": VERSION,
        "last_updated": now,
        "source": "gitops",
        "total_fields": len(entries),
        "extraction_status": {
            "total_servers": 0,
            "successful_servers": 0,
            "extraction_complete": True,
            "extracted_at": now,
            "server_status": [],
        },
    }
    return {**head, **raw, "fields": entries}


def _entry(entry: Json, live: Mapping[str, Mapping[str, Json]], schema: DocumentSchema) -> Json:
    if not isinstance(entry, dict) or not isinstance(entry.get(NAME), str):
        return entry
    lacking = [name for name in schema.required if name not in entry]
    if not lacking:
        return entry
    pages = [name.removeprefix(_PAGE) for name in schema.required if name.startswith(_PAGE)]
    known = {**defaults(entry[NAME], pages), **LabelOrigin().attributes()}
    known |= live.get(entry[NAME], {})
    return {**{name: known[name] for name in lacking if name in known}, **entry}

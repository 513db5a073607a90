"""Puts the merged fields and the readings together to the document that consumers read."""

from __future__ import annotations

from collections.abc import Mapping

from fieldkeep.core.document import document
from fieldkeep.core.document.document import VERSION, Document
from fieldkeep.core.document.document_schema import DocumentSchema
from fieldkeep.core.labels.server_status import server_status
from fieldkeep.core.merge.desired import Desired
from fieldkeep.core.merge.machines import MachineResets
from fieldkeep.core.merge.merged_field import MergedField
from fieldkeep.core.stored.state import StoreState
from fieldkeep.errors import InputError
from fieldkeep.model import Json


def assemble(
    desired: Desired, stored: StoreState, results: Mapping[str, MergedField], now: str
) -> dict[str, Json]:
    """The document. Top-level keys of live that we do not know are kept as they are."""
    effective = stored.effective
    servers = server_status(desired.readings, desired.choice, stored.servers)
    fields = sorted((result.attributes for result in results.values()), key=position)
    successful = sum(1 for server in servers if server["success"])
    return {
        **document.readable(MachineResets(stored, desired.machine_sources).top_level()),
        **(document.readable(effective.raw) if effective else {}),
        "version": VERSION,
        "last_updated": now,
        "source": "gitops",
        "total_fields": len(fields),
        "fields": [dict(entry) for entry in fields],
        "extraction_status": {
            "total_servers": len(servers),
            "successful_servers": successful,
            "extraction_complete": successful == len(servers),
            "extracted_at": now,
            "server_status": servers,
        },
    }


def position(entry: Mapping[str, Json]) -> tuple[bool, float, str]:
    """By order, then name; a field without a number comes last: a team's schema may allow it."""
    order, name = entry.get("order"), str(entry["name"])
    return (False, order, name) if isinstance(order, int | float) else (True, 0, name)


def checked(raw: Mapping[str, Json], schema: DocumentSchema) -> Document:
    """The document, if consumers accept it. Raises InputError with the first five misfits."""
    misfits = schema.misfits(raw)
    if misfits:
        raise InputError(
            f"the merged document does not satisfy {schema.path}: {'; '.join(misfits[:5])}",
            "correct the field files, or the schema: nothing was written",
        )
    state = document.parse(dict(raw))
    if not isinstance(state, Document):
        raise InputError(
            "there is nothing to apply: a document without fields passes for one that was wiped",
            "add a file to fields/, or configure sources",
        )
    return state

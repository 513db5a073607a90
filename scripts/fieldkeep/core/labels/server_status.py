"""The document's server_status: what each source gave, or last gave.

Its readers are strict: an integer port, 0 for a source that is no server, and labels of text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldkeep.core.labels.label_origins import LabelFilter, label_origins, last_fields
from fieldkeep.model import Extracted, Json, Reading, Skipped


def server_status(
    readings: Sequence[Reading],
    label_filter: LabelFilter,
    last_status: Mapping[str, Mapping[str, Json]],
) -> list[dict[str, Json]]:
    """An entry for each source. One that could not be read, or not completely, keeps its labels of
    ``last_status`` (the live document's server_status by hostname).
    """
    return [
        _read(reading, label_filter, last_status)
        if isinstance(reading, Extracted)
        else _skipped(reading, last_status.get(reading.source, {}))
        for reading in readings
    ]


def _read(
    reading: Extracted, label_filter: LabelFilter, last_status: Mapping[str, Mapping[str, Json]]
) -> dict[str, Json]:
    labels = label_origins([reading], label_filter, last_status)
    return {
        "hostname": reading.source,
        "success": True,
        "fields_count": len(labels),
        "files_count": reading.files,
        "error": None,
        "duration_ms": reading.duration_ms,
        "port": reading.port or 0,
        "external_labels": dict(sorted(reading.external_labels.items())),
        "fields": [{"name": name, **labels[name].attributes()} for name in sorted(labels)],
    }


def _skipped(reading: Skipped, status: Mapping[str, Json]) -> dict[str, Json]:
    entries = list(last_fields(status))
    return {
        "hostname": reading.source,
        "success": False,
        "fields_count": len(entries),
        "files_count": _count(status.get("files_count")),
        "error": reading.reason,
        "duration_ms": reading.duration_ms,
        **_address(status),
        "fields": entries,
    }


def _address(status: Mapping[str, Json]) -> dict[str, Json]:
    """The port and the external labels of a server's status, ours or another writer's."""
    labels = status.get("external_labels")
    return {
        "port": _count(status.get("port")),
        "external_labels": {
            name: value
            for name, value in (labels if isinstance(labels, dict) else {}).items()
            if isinstance(value, str)
        },
    }


def _count(value: Json) -> int:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count else 0


def with_strict_servers(raw: Mapping[str, Json]) -> dict[str, Json]:
    """A document of a backup, whose servers may have a port of null, as its readers need it."""
    status = raw.get("extraction_status")
    servers = status.get("server_status") if isinstance(status, dict) else None
    if not isinstance(status, dict) or not isinstance(servers, list):
        return dict(raw)
    strict = [{**s, **_address(s)} if isinstance(s, dict) else s for s in servers]
    return {**raw, "extraction_status": {**status, "server_status": strict}}

"""The document's server_status: what each source gave, or last gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fieldkeep.core.labels.label_origins import LabelFilter, last_fields, origins_of_source
from fieldkeep.model import Extracted, Json, Reading, Skipped


def server_status(
    readings: Sequence[Reading],
    label_filter: LabelFilter,
    last_status: Mapping[str, Mapping[str, Json]],
) -> list[dict[str, Json]]:
    """An entry for each source. One that could not be read keeps its labels of ``last_status``
    (the live document's server_status by hostname).
    """
    return [
        _read(reading, label_filter)
        if isinstance(reading, Extracted)
        else _skipped(reading, last_status.get(reading.source, {}))
        for reading in readings
    ]


def _read(reading: Extracted, label_filter: LabelFilter) -> dict[str, Json]:
    labels = origins_of_source(reading, label_filter)
    return {
        "hostname": reading.source,
        "success": True,
        "fields_count": len(labels),
        "files_count": reading.files,
        "error": None,
        "duration_ms": reading.duration_ms,
        "port": reading.port,
        "external_labels": dict(sorted(reading.external_labels.items())),
        "fields": [{"name": name, **labels[name].attributes()} for name in sorted(labels)],
    }


def _skipped(reading: Skipped, status: Mapping[str, Json]) -> dict[str, Json]:
    entries = list(last_fields(status))
    labels = status.get("external_labels")
    files, port = status.get("files_count"), status.get("port")
    return {
        "hostname": reading.source,
        "success": False,
        "fields_count": len(entries),
        "files_count": files if _is_count(files) else 0,
        "error": reading.reason,
        "duration_ms": reading.duration_ms,
        "port": port if _is_count(port) else None,
        "external_labels": {
            name: value
            for name, value in (labels if isinstance(labels, dict) else {}).items()
            if isinstance(value, str)
        },
        "fields": entries,
    }


def _is_count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

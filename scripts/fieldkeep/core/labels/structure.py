"""Which target labels become fields, and what Prometheus alone says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from fieldkeep.model import Certainty, Extracted, Json, LabelReading, Reading, Skipped

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class LabelOrigin:
    """Where a label comes from: the first rule that sets it."""

    source_label: str = UNKNOWN
    regex: str = ""
    replacement: str = ""

    def units(self) -> dict[str, str]:
        return {
            "source_label": self.source_label,
            "regex": self.regex,
            "replacement": self.replacement,
        }


@dataclass(frozen=True, slots=True)
class LabelFilter:
    """Which labels count: static ones only if asked for, none that an ``exclude`` glob names."""

    static_labels: bool = False
    exclude: tuple[str, ...] = ()

    def takes(self, label: LabelReading) -> bool:
        if label.certainty is Certainty.OPEN or label.name.startswith("__") or label.name == "job":
            return False
        if not label.rules and (label.name == "instance" or not self.static_labels):
            return False
        return not any(fnmatchcase(label.name, pattern) for pattern in self.exclude)


def of_source(extracted: Extracted, choice: LabelFilter) -> dict[str, LabelOrigin]:
    """Label -> structure, for one source; the first scrape pool and rule win."""
    found: dict[str, LabelOrigin] = {}
    for pool in extracted.pools:
        for label in pool.labels:
            if label.name not in found and choice.takes(label):
                found[label.name] = _structure(label)
    return found


def _structure(label: LabelReading) -> LabelOrigin:
    if not label.rules:
        return LabelOrigin()
    rule = label.rules[0]
    meta = [name for name in rule.source_labels if name.startswith("__meta_")]
    return LabelOrigin((*meta, *rule.source_labels, UNKNOWN)[0], rule.regex, rule.replacement)


def combine(
    readings: Sequence[Reading], choice: LabelFilter, before: Mapping[str, Mapping[str, Json]]
) -> dict[str, LabelOrigin]:
    """Label -> structure over all sources; the first source wins. One that could not be read says
    what it said last (``before``: server_status by hostname), so that nothing moves while it is
    away."""
    found: dict[str, LabelOrigin] = {}
    for reading in readings:
        match reading:
            case Extracted():
                said = of_source(reading, choice)
            case Skipped(source):
                said = _as_before(before.get(source, {}))
        found = said | found
    return found


def _as_before(server: Mapping[str, Json]) -> dict[str, LabelOrigin]:
    return {
        entry["name"]: LabelOrigin(entry["source_label"], entry["regex"], entry["replacement"])
        for entry in _entries(server)
    }


def _entries(server: Mapping[str, Json]) -> Iterator[dict[str, str]]:
    listed = server.get("fields")
    wanted = ("name", "source_label", "regex", "replacement")
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in wanted):
            yield {key: entry[key] for key in wanted}


def server_status(
    readings: Sequence[Reading], choice: LabelFilter, before: Mapping[str, Mapping[str, Json]]
) -> list[dict[str, Json]]:
    """The document's server_status. A source that could not be read keeps what was known of it."""
    return [
        _answered(reading, choice)
        if isinstance(reading, Extracted)
        else _silent(reading, before.get(reading.source, {}))
        for reading in readings
    ]


def _answered(reading: Extracted, choice: LabelFilter) -> dict[str, Json]:
    labels = of_source(reading, choice)
    return {
        "hostname": reading.source,
        "success": True,
        "fields_count": len(labels),
        "files_count": reading.files,
        "error": None,
        "duration_ms": reading.duration_ms,
        "port": reading.port,
        "external_labels": dict(sorted(reading.external_labels.items())),
        "fields": [{"name": name, **labels[name].units()} for name in sorted(labels)],
    }


def _silent(reading: Skipped, before: Mapping[str, Json]) -> dict[str, Json]:
    entries = list(_entries(before))
    labels = before.get("external_labels")
    files, port = before.get("files_count"), before.get("port")
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

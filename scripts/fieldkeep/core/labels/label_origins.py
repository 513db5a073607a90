"""Which target labels become fields, and where Prometheus gets each of them from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Final

from fieldkeep.model import Certainty, Extracted, Json, LabelReading, Reading, RuleRef, Skipped

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class LabelOrigin:
    """The first rule that sets a label, as the document's attributes of these names."""

    source_label: str = UNKNOWN
    regex: str = ""
    replacement: str = ""

    def attributes(self) -> dict[str, str]:
        """Document attribute -> value."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LabelFilter:
    """Selects labels: static ones only with ``static_labels``, none that an ``exclude`` glob
    matches."""

    static_labels: bool = False
    exclude: tuple[str, ...] = ()

    def accepts(self, label: LabelReading) -> bool:
        """Whether the label becomes a field."""
        if label.certainty is Certainty.OPEN or label.name.startswith("__"):
            return False
        if label.name in ("", "job"):  # a labelmap may give a label without a name
            return False
        if not label.rules and (label.name == "instance" or not self.static_labels):
            return False
        return not any(fnmatchcase(label.name, pattern) for pattern in self.exclude)


def first_source(rule: RuleRef) -> str:
    """The rule's first ``__meta_*`` source label, else its first source label, else ''."""
    meta = [name for name in rule.source_labels if name.startswith("__meta_")]
    return (*meta, *rule.source_labels, "")[0]


def origins_of_source(extracted: Extracted, label_filter: LabelFilter) -> dict[str, LabelOrigin]:
    """Label -> origin, for one source: the first scrape pool and rule that set it."""
    origins: dict[str, LabelOrigin] = {}
    for pool in extracted.pools:
        for label in pool.labels:
            if label.name not in origins and label_filter.accepts(label):
                origins[label.name] = _origin(label)
    return origins


def _origin(label: LabelReading) -> LabelOrigin:
    if not label.rules:
        return LabelOrigin()
    rule = label.rules[0]
    return LabelOrigin(first_source(rule) or UNKNOWN, rule.regex, rule.replacement)


def label_origins(
    readings: Sequence[Reading],
    label_filter: LabelFilter,
    last_status: Mapping[str, Mapping[str, Json]],
) -> dict[str, LabelOrigin]:
    """Label -> origin, over all sources: the first source that has the label.

    A source that could not be read keeps its last origins (``last_status``: the live document's
    server_status by hostname), so that nothing changes while it cannot be reached. One of which a
    part could not be read keeps them beside those of the rest.
    """
    origins: dict[str, LabelOrigin] = {}
    for reading in readings:
        match reading:
            case Extracted(source):
                of_source = origins_of_source(reading, label_filter)
                if reading.unread:
                    of_source = _last_origins(last_status.get(source, {})) | of_source
            case Skipped(source):
                of_source = _last_origins(last_status.get(source, {}))
        origins = of_source | origins
    return origins


def _last_origins(status: Mapping[str, Json]) -> dict[str, LabelOrigin]:
    return {
        entry["name"]: LabelOrigin(entry["source_label"], entry["regex"], entry["replacement"])
        for entry in last_fields(status)
    }


def last_fields(status: Mapping[str, Json]) -> Iterator[dict[str, str]]:
    """The well-formed entries of ``fields`` in one server's last status."""
    entries = status.get("fields")
    names = ("name", "source_label", "regex", "replacement")
    for entry in entries if isinstance(entries, list) else []:
        well_formed = isinstance(entry, dict) and all(isinstance(entry.get(n), str) for n in names)
        if well_formed and entry["name"]:
            yield {name: entry[name] for name in names}

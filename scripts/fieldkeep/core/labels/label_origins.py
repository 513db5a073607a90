"""Which target labels become fields, and where Prometheus gets each of them from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from fieldkeep.model import Certainty, Extracted, Json, LabelReading, Reading, RuleRef, Skipped

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class LabelOrigin:
    """The rule that sets a label, as the document's attributes of these names."""

    source_label: str = UNKNOWN
    regex: str = ""
    replacement: str = ""

    def attributes(self) -> dict[str, str]:
        """Document attribute -> value."""
        return {
            "source_label": self.source_label,
            "regex": self.regex,
            "replacement": self.replacement,
        }

    @classmethod
    def of(cls, entry: Mapping[str, Json]) -> LabelOrigin:
        """What an entry of the document, or of a server's status, says."""
        return cls(*(entry.get(name, "") for name in ("source_label", "regex", "replacement")))


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


def label_origins(
    readings: Sequence[Reading],
    label_filter: LabelFilter,
    last_status: Mapping[str, Mapping[str, Json]],
    live: Mapping[str, Mapping[str, Json]] = MappingProxyType({}),
) -> dict[str, LabelOrigin]:
    """Label -> origin. A rule that always sets the label comes before one that may; among equals
    the first source, scrape pool and rule does.

    A source that could not be read keeps its last origins (``last_status``: the live document's
    server_status by hostname), so that nothing changes while it cannot be reached: the one that
    the label's field in ``live`` shows counts as always setting it. A source of which a part could
    not be read keeps them beside those of the rest.
    """
    always: dict[str, LabelOrigin] = {}
    maybe: dict[str, LabelOrigin] = {}
    for reading in readings:
        if isinstance(reading, Extracted):
            labels = (label for pool in reading.pools for label in pool.labels)
            for label in filter(label_filter.accepts, labels):
                sets_always = label.rules and label.certainty is Certainty.ALWAYS
                (always if sets_always else maybe).setdefault(label.name, _origin(label))
        if isinstance(reading, Skipped) or reading.unread:
            for entry in last_fields(last_status.get(reading.source, {})):
                name, origin = entry["name"], LabelOrigin.of(entry)
                is_live = origin == LabelOrigin.of(live.get(name, {}))
                (always if is_live else maybe).setdefault(name, origin)
    return maybe | always


def _origin(label: LabelReading) -> LabelOrigin:
    if not label.rules:
        return LabelOrigin()
    rule = label.rules[0]
    return LabelOrigin(first_source(rule) or UNKNOWN, rule.regex, rule.replacement)


def last_fields(status: Mapping[str, Json]) -> Iterator[dict[str, str]]:
    """The well-formed entries of ``fields`` in one server's last status."""
    entries = status.get("fields")
    names = ("name", "source_label", "regex", "replacement")
    for entry in entries if isinstance(entries, list) else []:
        well_formed = isinstance(entry, dict) and all(isinstance(entry.get(n), str) for n in names)
        if well_formed and entry["name"]:
            yield {name: entry[name] for name in names}

"""What is known of a label before its field file is written, and what a person is asked then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.document.attributes import as_list, defaults
from fieldkeep.core.fields.allowed import Allowed
from fieldkeep.core.labels.label_origins import first_source
from fieldkeep.model import Certainty, Extracted, FieldFile, Json, LabelReading, Reading, Skipped

# The attributes that a new file is asked for, with what is offered where nothing better is known.
_ASKED: Final = {
    "display_name": "",
    "description": "",
    "type": "string",
    "options": "",
    "category": "extra",
    "required": "false",
    "auto_register": "false",
    "pages": "all",
}
_MOST_OPTIONS: Final = 8  # values that look like the options of a select


@dataclass(frozen=True, slots=True)
class KnownLabel:
    """What the sources say of a label: by source, the labels that it is made from. ``near`` is one
    with a similar name, if no source has this one; ``unread`` are sources that may have it."""

    name: str
    sources: Mapping[str, tuple[str, ...]]
    values: tuple[str, ...]
    near: str | None
    unread: tuple[Skipped, ...]


def known_label(name: str, readings: Sequence[Reading]) -> KnownLabel:
    sources: dict[str, list[str]] = {}
    values: list[str] = []
    others: set[str] = set()
    unread: list[Skipped] = []
    for reading in readings:
        if isinstance(reading, Skipped):
            unread.append(reading)
            continue
        if reading.unread:
            unread.append(Skipped(reading.source, reading.unread))
        for label in _labels(reading):
            others.add(label.name)
            if label.name == name:
                made_from = filter(None, map(first_source, label.rules))
                sources[reading.source] = [*sources.get(reading.source, []), *made_from]
                values += label.values
    unique = {source: tuple(dict.fromkeys(labels)) for source, labels in sources.items()}
    near = None if unique else closest(name, others)
    return KnownLabel(name, unique, tuple(dict.fromkeys(values)), near, tuple(unread))


def _labels(reading: Extracted) -> Iterator[LabelReading]:
    for pool in reading.pools:
        for label in pool.labels:
            if label.certainty is not Certainty.OPEN and not label.name.startswith("__"):
                yield label


@dataclass(frozen=True, slots=True)
class Question:
    """About one attribute; ``offered`` is taken if nothing is typed, '' for none."""

    attribute: str
    text: str
    offered: str
    choices: tuple[str, ...]

    def applies(self, entries: Mapping[str, Json]) -> bool:
        """Only a select has options."""
        return self.attribute != "options" or entries.get("type") == "select"


def questions(label: KnownLabel, root: Allowed, files: Iterable[FieldFile]) -> list[Question]:
    """In the order of a file's lines. ``files`` are the other fields."""
    categories = Counter(
        name for file in files for name in as_list(file.attributes.get("category", []))
    )
    offered = {
        **_ASKED,
        "display_name": str(defaults(label.name, ())["display_name"]),
        "options": ",".join(label.values) if len(label.values) <= _MOST_OPTIONS else "",
        "category": next((name for name, _ in categories.most_common(1)), _ASKED["category"]),
    }
    made = []
    for attribute, text in offered.items():
        if may := root.parts.get(attribute):
            choices = tuple(categories) if attribute == "category" else _choices(may)
            offer = _allowed_offer(text, may)
            made.append(Question(attribute, _sentence(may.description), offer, choices))
    return made


def _sentence(text: str) -> str:
    """Without how a file says it: what is typed is read by its type."""
    return text.partition(";")[0].removesuffix(".") + "." if text else ""


def _choices(may: Allowed) -> tuple[str, ...]:
    if may.types == {"boolean"}:
        return ("true", "false")
    return tuple(map(str, (*may.choices, *may.items.choices)))


def _allowed_offer(text: str, may: Allowed) -> str:
    """The text, unless a team's own enum has no such value."""
    if may.is_free_text or may.types == {"boolean"} or not may.choices or text in may.choices:
        return text
    return str(may.choices[0])

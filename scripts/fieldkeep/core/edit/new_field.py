"""What is known of a label before its field file is written, and what a person is asked then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.document.attributes import defaults
from fieldkeep.core.fields.allowed import Allowed
from fieldkeep.core.labels.label_origins import first_source
from fieldkeep.model import Certainty, Extracted, Json, LabelReading, Reading, Skipped

# The attributes that a new file is asked for, with what a field has that leaves them out.
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
LEAVE_OUT: Final = "-"  # what is typed for no value
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
    """About one attribute. ``default`` is what the field has if the file does not say it, and
    ``proposed`` what the file says if nothing is typed; '' for none."""

    attribute: str
    text: str
    choices: str
    default: str
    proposed: str = ""

    def applies(self, entries: Mapping[str, Json]) -> bool:
        """Only a select has options."""
        return self.attribute != "options" or entries.get("type") == "select"


def questions(label: KnownLabel, root: Allowed, categories: Sequence[str]) -> list[Question]:
    """In the order of a file's lines. ``categories`` are those of other fields."""
    made = []
    for attribute, default in (_ASKED | {"display_name": _in_words(label.name)}).items():
        if may := root.parts.get(attribute):
            choices, proposed = _choices(may), ""
            if attribute == "category" and may.is_free_text and categories:
                choices = f"for example: {', '.join(categories)}"
            if attribute == "options" and 0 < len(label.values) <= _MOST_OPTIONS:
                choices = f"Enter takes the values of the label now; {LEAVE_OUT} takes none"
                proposed = ",".join(label.values)
            made.append(Question(attribute, _sentence(may.description), choices, default, proposed))
    return made


def _in_words(name: str) -> str:
    return str(defaults(name, ())["display_name"])


def _sentence(text: str) -> str:
    """Without how a file says it: what is typed is read by its type."""
    return text.partition(";")[0].removesuffix(".") + "." if text else ""


def _choices(may: Allowed) -> str:
    if may.types == {"boolean"}:
        return "true or false"
    items = may.items.choices
    words = ", ".join(str(choice) for choice in may.choices if choice not in items)
    if not items:
        return f"one of: {words}" if words else ""
    some = f"some of: {', '.join(map(str, items))}"
    return f"{words}, or {some}" if words else some

"""Where the values and keys of a field file stand.

Only findings and changes name a place, so the places of a file are found when one is asked for, by
reading its text again: to find and keep those of every file costs as much as all the rest of a
validation (10,000 files: 1.2 s of 2.9, and 46 of 120 MB).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import yaml

from fieldkeep.core.common.yaml_events import events
from fieldkeep.model import FieldFile, Place

Path = tuple[str | int, ...]


class _Mark(Protocol):
    """A mark of either of PyYAML's parsers."""

    index: int


class Text:
    """A file's text. Lines are counted as editors and git count them."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text

    @cached_property
    def _line_feeds(self) -> list[int]:
        return [index for index, character in enumerate(self.text) if character == "\n"]

    def at(self, index: int) -> Place:
        line = bisect_left(self._line_feeds, index)
        start = self._line_feeds[line - 1] + 1 if line else 0
        return Place(self.path, line + 1, index - start + 1)

    def place(self, mark: _Mark | None) -> Place:
        return self.at(mark.index) if mark else Place(self.path)

    def line(self, number: int) -> str:
        return self.text.split("\n")[number - 1]


def decoded(path: str, content: bytes) -> Text:
    """Raises UnicodeDecodeError. Windows editors write a byte order mark."""
    return Text(path, content.decode("utf-8").removeprefix("\ufeff"))


@dataclass(frozen=True, slots=True)
class Places:
    """``values`` maps the path of each value inside the file, e.g. ``("options", 2)``, to its
    place; ``keys`` maps the path of each name."""

    path: str
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def value(self, path: Path) -> Place:
        """The place of a value; the beginning of the file if the file does not hold it."""
        return self.values.get(path, Place(self.path))

    def key(self, path: Path) -> Place:
        return self.keys.get(path, Place(self.path))


def places_of(file: FieldFile) -> Places:
    """Of a file that ``load`` could read; none, if it has no text yet."""
    found = Places(file.path)
    if file.content:
        text = decoded(file.path, file.content)
        below = events(text.text)
        next(below)  # the stream's start
        next(below)  # the document's
        _note(found, text, below, next(below), ())
    return found


def _note(
    found: Places, text: Text, below: Iterator[yaml.Event], event: yaml.Event, path: Path
) -> None:
    """Note the places of the value that starts with ``event``; consumes its events."""
    found.values[path] = text.place(event.start_mark)
    match event:
        case yaml.SequenceStartEvent():
            index = 0
            while not isinstance(item := next(below), yaml.SequenceEndEvent):
                _note(found, text, below, item, (*path, index))
                index += 1
        case yaml.MappingStartEvent():
            while isinstance(key := next(below), yaml.ScalarEvent):
                inside = (*path, key.value)
                found.keys.setdefault(inside, text.place(key.start_mark))
                _note(found, text, below, next(below), inside)

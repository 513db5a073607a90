"""A field file's text -> ``FieldFile`` or findings: strict YAML, on PyYAML's C event stream.

Values are built from events, not by PyYAML's constructor. So duplicate keys are seen, every value
keeps its line and column, and a 60 KB file of ``[`` does not crash the process.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import yaml

from fieldkeep.core.common import encoding
from fieldkeep.core.fields import scalars
from fieldkeep.core.fields.yaml_events import events
from fieldkeep.model import FieldFile, Json, Place, Problem, Source

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16

Path = tuple[str | int, ...]


class _Refused(Exception):
    """A finding that ends the reading of a file: the text after it cannot be interpreted."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Mark(Protocol):
    """A mark of either of PyYAML's parsers."""

    index: int


class _Text:
    """A file's text. Lines are counted as editors and git count them."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self._line_feeds = [index for index, character in enumerate(text) if character == "\n"]

    def at(self, index: int) -> Place:
        line = bisect_left(self._line_feeds, index)
        start = self._line_feeds[line - 1] + 1 if line else 0
        return Place(self.path, line + 1, index - start + 1)

    def place(self, mark: _Mark | None) -> Place:
        return self.at(mark.index) if mark else Place(self.path)

    def line(self, number: int) -> str:
        return self.text.split("\n")[number - 1]


@dataclass(slots=True)
class _Builder:
    """Builds one document from its events; ``problems`` are findings that do not stop it."""

    text: _Text
    events: Iterator[yaml.Event]
    marks: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, event: yaml.Event) -> Place:
        return self.text.place(event.start_mark)

    def refuse(self, event: yaml.Event, check: str, message: str, hint: str) -> _Refused:
        return _Refused(Problem(self.place(event), check, message, hint))

    def plain(self, event: yaml.Event) -> None:
        """Refuse anchors, aliases and tags."""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self.refuse(
                event,
                "yaml/anchor",
                "anchors and aliases are not allowed in a field file",
                "write the value out: each field file stands alone",
            )
        if tag := getattr(event, "tag", None):
            raise self.refuse(event, "yaml/tag", f"the tag {tag} is not allowed", "remove the tag")

    def value(self, event: yaml.Event, path: Path, depth: int) -> Json:
        """The value that starts with ``event``; consumes its events."""
        self.plain(event)
        if depth > MAX_DEPTH:
            raise self.refuse(
                event,
                "yaml/depth",
                f"nested more than {MAX_DEPTH} levels deep",
                "a field file needs three levels; look for a stray [ or {",
            )
        self.marks[path] = self.place(event)
        match event:
            case yaml.ScalarEvent():
                return self.scalar(event)
            case yaml.SequenceStartEvent():
                return self.sequence(path, depth)
            case _:
                return self.mapping(path, depth)

    def scalar(self, event: yaml.ScalarEvent) -> Json:
        if not event.implicit[0]:  # quoted or a block: always text
            return event.value
        try:
            return scalars.resolve(event.value)
        except ValueError as error:
            self.problems.append(
                Problem(
                    self.place(event), "yaml/number", str(error), "put it in quotes if it is text"
                )
            )
            return event.value

    def sequence(self, path: Path, depth: int) -> list[Json]:
        items: list[Json] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items)), depth + 1))
        return items

    def mapping(self, path: Path, depth: int) -> dict[str, Json]:
        result: dict[str, Json] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event)
            value = self.value(next(self.events), (*path, key), depth + 1)
            if key in result:
                first = self.keys[(*path, key)]
                self.problems.append(
                    Problem(
                        self.place(event),
                        "yaml/duplicate-key",
                        f"'{key}' is given twice; the first is on line {first.line}",
                        "keep one of the two",
                    )
                )
            else:
                self.keys[(*path, key)] = self.place(event)
            result[key] = value
        return result

    def key(self, event: yaml.Event) -> str:
        self.plain(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise self.refuse(
                event, "yaml/key", "a key must be a plain word", "write `name: value`"
            )
        key = self.scalar(event)
        if not isinstance(key, str) or (key == "<<" and event.implicit[0]):
            raise self.refuse(
                event,
                "yaml/key",
                f"the key {event.value or '(empty)'} is not a string",
                "attribute names are words: see schema/field.schema.json",
            )
        return key


def load(source: Source) -> tuple[FieldFile | None, tuple[Problem, ...]]:
    """A field file and its findings; None instead of a file if the text cannot be interpreted."""
    start = Place(source.path)
    if len(source.content) > MAX_BYTES:
        size = len(source.content)
        message = f"{size:,} bytes; a field file holds at most {MAX_BYTES:,}"
        return None, (Problem(start, "file/size", message, "is this the right file?"),)
    try:
        builder, value = _parse(source)
    except _Refused as error:
        return None, (error.problem,)
    stem = source.path.rsplit("/", 1)[-1].removesuffix(".yaml")
    if isinstance(value, dict):
        name = value.get("name")
        name = name if isinstance(name, str) else stem
        file = FieldFile(name, value, source.path, builder.marks, builder.keys)
        return file, tuple(builder.problems)
    hint = f"start with `name: {stem}`"
    if value is None:
        return None, (Problem(start, "yaml/empty", "the file is empty", hint),)
    message = "a field file is a list of `attribute: value` lines"
    return None, (Problem(builder.marks[()], "yaml/mapping", message, hint),)


def _parse(source: Source) -> tuple[_Builder, Json]:
    text = _decode(source)
    builder = _Builder(text, events(text.text))
    value: Json = None
    try:
        next(builder.events)  # the stream's start
        document = next(builder.events)
        if isinstance(document, yaml.DocumentStartEvent):
            value = builder.value(next(builder.events), (), 1)
            next(builder.events)  # the document's end
            after = next(builder.events)
            if isinstance(after, yaml.DocumentStartEvent):
                raise builder.refuse(
                    after,
                    "yaml/documents",
                    "a second YAML document starts here",
                    "one field a file: remove the `---` and what follows it",
                )
    except yaml.MarkedYAMLError as error:
        raise _Refused(_syntax(text, error)) from error
    except yaml.reader.ReaderError as error:
        # the position counts bytes
        before = text.text.encode()[: error.position].decode("utf-8", "ignore")
        message = f"the character #x{error.character:04x} is not allowed"
        raise _Refused(
            Problem(text.at(len(before)), "yaml/syntax", message, "remove it")
        ) from error
    return builder, value


def _decode(source: Source) -> _Text:
    if encoding.is_utf16(source.content):
        message = "the file is in UTF-16, not in UTF-8"
        hint = "save it as UTF-8; in PowerShell: `Set-Content -Encoding utf8`, not `>`"
        raise _Refused(Problem(Place(source.path), "yaml/encoding", message, hint))
    try:
        text = source.content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source.content[: error.start].decode("utf-8")
        raise _Refused(
            Problem(
                _Text(source.path, before).at(len(before)),
                "yaml/encoding",
                f"the byte 0x{source.content[error.start]:02x} is not UTF-8",
                "save the file as UTF-8",
            )
        ) from error
    # Windows editors write a byte order mark
    return _Text(source.path, text.removeprefix("\ufeff"))


def _syntax(text: _Text, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    if mark and error.context_mark and mark.index >= len(text.text.rstrip()):
        mark = error.context_mark  # something is not closed: point to its beginning
    place = text.place(mark)
    message = " ".join(part for part in (error.problem, error.context) if part)
    hint = "check the indentation and quotes near this place"
    if "\t" in text.line(place.line)[: place.column]:
        hint = "YAML indents with spaces: replace the tab"
    return Problem(place, "yaml/syntax", f"not YAML: {message}", hint)

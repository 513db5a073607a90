"""A field file's text -> ``FieldFile`` or findings: strict YAML, on PyYAML's C event stream.

Values are built from events, not by PyYAML's constructor. So duplicate keys are seen, every finding
has its line and column, and a 60 KB file of ``[`` does not crash the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from fieldkeep.core.common import encoding
from fieldkeep.core.common.places import Text, decoded
from fieldkeep.core.common.yaml_events import events
from fieldkeep.core.fields import scalars
from fieldkeep.model import FieldFile, Json, Place, Problem, Source

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16


class _Refused(Exception):
    """A finding that ends the reading of a file: the text after it cannot be interpreted."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class _Builder:
    """Builds one document from its events; ``problems`` are findings that do not stop it."""

    text: Text
    events: Iterator[yaml.Event]
    problems: list[Problem] = field(default_factory=list)

    def problem(self, event: yaml.Event, check: str, message: str, hint: str) -> Problem:
        return Problem(self.text.place(event.start_mark), check, message, hint)

    def refuse(self, event: yaml.Event, check: str, message: str, hint: str) -> _Refused:
        return _Refused(self.problem(event, check, message, hint))

    def value(self, event: yaml.Event, depth: int) -> Json:
        """The value that starts with ``event``; consumes its events."""
        if depth > MAX_DEPTH:
            raise self.refuse(
                event,
                "yaml/depth",
                f"nested more than {MAX_DEPTH} levels deep",
                "a field file needs three levels; look for a stray [ or {",
            )
        match event:
            case yaml.ScalarEvent(anchor=None, tag=None):
                return self.scalar(event)
            case yaml.SequenceStartEvent(anchor=None, tag=None):
                return self.sequence(depth)
            case yaml.MappingStartEvent(anchor=None, tag=None):
                return self.mapping(depth)
        raise self.not_plain(event)

    def not_plain(self, event: yaml.Event) -> _Refused:
        """The finding for an anchor, an alias or a tag."""
        if getattr(event, "anchor", None):  # an alias has one too
            return self.refuse(
                event,
                "yaml/anchor",
                "anchors and aliases are not allowed in a field file",
                "write the value out: each field file stands alone",
            )
        tag = getattr(event, "tag", None)
        return self.refuse(event, "yaml/tag", f"the tag {tag} is not allowed", "remove the tag")

    def scalar(self, event: yaml.ScalarEvent) -> Json:
        if not event.implicit[0]:  # quoted or a block: always text
            return event.value
        try:
            return scalars.resolve(event.value)
        except ValueError as error:
            hint = "put it in quotes if it is text"
            self.problems.append(self.problem(event, "yaml/number", str(error), hint))
            return event.value

    def sequence(self, depth: int) -> list[Json]:
        items: list[Json] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.value(event, depth + 1))
        return items

    def mapping(self, depth: int) -> dict[str, Json]:
        result: dict[str, Json] = {}
        first: dict[str, yaml.Event] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.key(event)
            value = self.value(next(self.events), depth + 1)
            if first.setdefault(key, event) is not event:
                line = self.text.place(first[key].start_mark).line
                message = f"'{key}' is given twice; the first is on line {line}"
                self.problems.append(
                    self.problem(event, "yaml/duplicate-key", message, "keep one of the two")
                )
            result[key] = value
        return result

    def key(self, event: yaml.Event) -> str:
        match event:
            case yaml.ScalarEvent(anchor=None, tag=None):
                key = self.scalar(event)
            case yaml.CollectionStartEvent(anchor=None, tag=None):
                raise self.refuse(
                    event, "yaml/key", "a key must be a plain word", "write `name: value`"
                )
            case _:
                raise self.not_plain(event)
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
    stem = source.path.rsplit("/", 1)[-1].removesuffix(".yaml")
    try:
        value, problems = _parse(_decode(source), f"start with `name: {stem}`")
    except _Refused as error:
        return None, (error.problem,)
    name = value.get("name")
    name = name if isinstance(name, str) else stem
    return FieldFile(name, value, source.path, source.content), problems


def _parse(text: Text, first_line: str) -> tuple[dict[str, Json], tuple[Problem, ...]]:
    value: Json = None
    root: yaml.Event | None = None
    try:
        builder = _Builder(text, events(text.text))
        next(builder.events)  # the stream's start
        document = next(builder.events)
        if isinstance(document, yaml.DocumentStartEvent):
            root = next(builder.events)
            value = builder.value(root, 1)
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
    if isinstance(value, dict):
        return value, tuple(builder.problems)
    if value is None or root is None:
        raise _Refused(Problem(Place(text.path), "yaml/empty", "the file is empty", first_line))
    message = "a field file is a list of `attribute: value` lines"
    raise builder.refuse(root, "yaml/mapping", message, first_line)


def _decode(source: Source) -> Text:
    if encoding.is_utf16(source.content):
        message = "the file is in UTF-16, not in UTF-8"
        hint = "save it as UTF-8; in PowerShell: `Set-Content -Encoding utf8`, not `>`"
        raise _Refused(Problem(Place(source.path), "yaml/encoding", message, hint))
    try:
        return decoded(source.path, source.content)
    except UnicodeDecodeError as error:
        before = source.content[: error.start].decode("utf-8")
        raise _Refused(
            Problem(
                Text(source.path, before).at(len(before)),
                "yaml/encoding",
                f"the byte 0x{source.content[error.start]:02x} is not UTF-8",
                "save the file as UTF-8",
            )
        ) from error


def _syntax(text: Text, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    if mark and error.context_mark and mark.index >= len(text.text.rstrip()):
        mark = error.context_mark  # something is not closed: point to its beginning
    place = text.place(mark)
    message = " ".join(part for part in (error.problem, error.context) if part)
    hint = "check the indentation and quotes near this place"
    if "\t" in text.line(place.line)[: place.column]:
        hint = "YAML indents with spaces: replace the tab"
    return Problem(place, "yaml/syntax", f"not YAML: {message}", hint)

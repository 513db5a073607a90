"""YAML as Prometheus reads it: the first document as a tree of nodes, with scalars as text.

Prometheus decodes with go-yaml v2 into its own types, so the field decides what a scalar means:
``0123`` is a text for a label and a number for a modulus. The tree keeps what the decoder needs
(text, quoted or plain, place), and aliases share the node of their anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import yaml
from yaml import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from fieldkeep.core.labels.config import goyaml_tags
from fieldkeep.errors import InputError
from fieldkeep.model import Place, Problem, Source

MAX_DEPTH = 10_000  # libyaml's port in Go stops here too ("exceeded max depth")
SMALL_TREE = 1000  # nodes; go-yaml does not limit aliases in smaller documents
# Types that Prometheus decodes with methods of its own, by the key that they stand under.
LABEL_SETS = ("labels", "external_labels")
OWN_SCALARS = ("regex", "action", "scrape_interval", "scrape_timeout", "evaluation_interval")
OWN_TABLES = ("global",)
_SLASH = re.compile(r"(?<!\\)(?:\\\\)*\\/")  # the escape \/, which YAML 1.1 does not have


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A scalar's text; ``plain`` if its type is what it looks like: it is not quoted and not a
    block, or tagged with that type. ``literal``: it is a block that keeps its lines."""

    text: str
    plain: bool
    where: Place
    null: bool = False
    literal: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A sequence."""

    items: tuple[Node, ...]
    where: Place


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A mapping: its pairs in document order, including merge keys and duplicates."""

    pairs: tuple[tuple[Node, Node], ...]
    where: Place


Node = Scalar | Listing | Table


def refusal(where: Place, message: str, hint: str) -> InputError:
    """The error for a configuration that Prometheus refuses. ``message`` must hold no values."""
    return InputError(f"{where}: {message}", hint, problems=[_problem(where, message, hint)])


def _problem(where: Place, message: str, hint: str) -> Problem:
    return Problem(where, "prometheus-config", message, hint)


class JobFault(InputError):
    """The error for a job with a wrong value: VictoriaMetrics leaves the job out, and starts."""


def job_fault(where: Place, message: str, hint: str) -> JobFault:
    """The error for a value that makes a job faulty. ``message`` must hold no values."""
    return JobFault(f"{where}: {message}", hint, problems=[_problem(where, message, hint)])


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a text lies in the file that places name: how many lines down, and columns in; with
    ``dollars``, the file writes each ``$`` of the text twice."""

    lines: int = 0
    columns: int = 0
    dollars: bool = False


WHOLE: Final = Inside()


def parse(source: Source, inside: Inside = WHOLE) -> Node | None:
    """The first document of ``source``; None if there is none (an empty file).

    Raises:
        InputError: not YAML, an alias before or inside its anchor, nesting over ``MAX_DEPTH``, or
            aliases that expand too far.
    """
    return next(documents(source, inside), None)


def parse_shared(source: Source) -> Node | None:
    """The same, but nodes of equal content are one node, and each stands at the file's beginning.

    Jobs mostly repeat their rules: what is read from a node is then read once, as with an alias.
    """
    return next(_documents(source, _SharingBuilder, WHOLE), None)


def documents(source: Source, inside: Inside = WHOLE) -> Iterator[Node | None]:
    """The documents of ``source``. Raises InputError, as ``parse`` does."""
    return _documents(source, _Builder, inside)


def _documents(
    source: Source, new_builder: type[_Builder], inside: Inside
) -> Iterator[Node | None]:
    builder = new_builder(source, inside)
    loader = yaml.CSafeLoader(source.content)
    try:
        events = iter(loader.get_event, None)
        while builder.take_document(events):
            yield builder.root
            builder = new_builder(source, inside)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = builder.place(mark) if mark else Place(source.path)
        raise _not_yaml(where, error.problem or error.context or "not valid YAML") from error
    except yaml.reader.ReaderError as error:
        line = source.content[: error.position].count(b"\n") + 1 + inside.lines
        raise _not_yaml(Place(source.path, line), error.reason) from error
    finally:
        loader.dispose()


def _not_yaml(where: Place, problem: str) -> InputError:
    return refusal(
        where,
        f"not a Prometheus configuration: line {where.line} is not YAML ({problem})",
        "if the file is a template, name the rendered file as the source",
    )


@dataclass(slots=True)
class _Open:
    """A collection that has not ended yet. ``before`` is the document's weight before it, ``name``
    the key whose value comes next. ``doubles_scalars`` and ``doubles_tables``: whether go-yaml
    counts such an item of it, or key, twice: see ``OWN_SCALARS``. ``start`` is the mark of its
    place."""

    start: Any
    anchor: str | None
    table: bool
    flow: bool
    before: int
    doubles_scalars: bool
    doubles_tables: bool
    items: list[Node] = field(default_factory=list)
    name: str | None = None

    def add(self, node: Node) -> None:
        self.items.append(node)
        if self.table:
            self.name = _key(node) if self.name is None else None


class _Builder:
    """Builds nodes from events, on a stack of its own, so that depth is not limited by Python's.

    ``weight`` is the number of nodes so far with aliases expanded, ``aliased`` the number of those
    that come from aliases.
    """

    def __init__(self, source: Source, inside: Inside) -> None:
        self.source, self.inside = source, inside
        self.weight = self.aliased = 0
        self.top = _Open(None, None, False, False, 0, True, True)  # the document
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int] | None] = {}
        self.scalars: dict[tuple[str, str, bool, str], Scalar] = {}

    @property
    def root(self) -> Node | None:
        return self.top.items[0] if self.top.items else None

    def place(self, mark: Any) -> Place:
        lines, columns = mark.line + self.inside.lines, mark.column + self.inside.columns
        return Place(self.source.path, lines + 1, columns + 1)

    def take_document(self, events: Iterator[Any]) -> bool:
        """Build the next document, if there is one. Most of the events are scalars: what is done
        for each is written out here, which saves a third of the time."""
        scalars, top = self.scalars, self.top
        for event in events:
            kind = type(event)
            if kind is ScalarEvent:
                text, style = event.value, event.style
                if (style == '"' and "/" in text) or (top.flow and "?" in text):
                    self.refuse_newer_yaml(event)
                content = text, style, event.implicit[0], event.tag
                node = scalars.get(content) or self.scalar(event)
                top.items.append(node)
                if top.name is not None:
                    weight, top.name = 2 if top.name in OWN_SCALARS else 1, None
                else:
                    weight = 2 if top.doubles_scalars else 1
                    top.name = node.text if top.table else None
                self.weight += weight
                if event.anchor:
                    self.anchors[event.anchor] = node, weight
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                top = self.close()
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                top = self.open(event, is_table=kind is MappingStartEvent)
            elif kind is AliasEvent:
                top.add(self.alias(event))
            elif kind is DocumentEndEvent:
                return True
        return False

    def open(self, event: Any, *, is_table: bool) -> _Open:
        top, start, anchor = self.top, event.start_mark, event.anchor
        if len(self.stack) == MAX_DEPTH:
            where = self.place(start)
            raise refusal(where, f"nested more than {MAX_DEPTH} deep", "flatten the file")
        if anchor:
            self.anchors[anchor] = None
        name, before, flow = top.name or "", self.weight, event.flow_style
        self.stack.append(top)
        if is_table:
            own = top.doubles_tables if top.name is None else top.name in OWN_TABLES
            self.weight += 2 if own else 1
            of_labels = name in LABEL_SETS
            self.top = _Open(start, anchor, True, flow, before, of_labels, of_labels)
        else:
            self.weight += 1
            of_names, of_sections = name == "source_labels", name.endswith("_configs")
            self.top = _Open(start, anchor, False, flow, before, of_names, of_sections)
        return self.top

    def close(self) -> _Open:
        ended, top = self.top, self.stack.pop()
        node = self.collection(ended)
        top.add(node)
        if ended.anchor:
            self.anchors[ended.anchor] = node, self.weight - ended.before
        self.top = top
        return top

    def collection(self, ended: _Open) -> Node:
        where = self.place(ended.start)
        if not ended.table:
            return Listing(tuple(ended.items), where)
        pairs = zip(ended.items[::2], ended.items[1::2], strict=True)
        return Table(tuple(pairs), where)

    def alias(self, event: Any) -> Node:
        where = self.place(event.start_mark)
        if event.anchor not in self.anchors:
            raise refusal(where, "this alias has no anchor before it", "define the anchor above it")
        anchored = self.anchors[event.anchor]
        if anchored is None:
            raise refusal(where, "this alias stands inside its own anchor", "break the circle")
        node, weight = anchored
        self.weight += 1 + weight
        self.aliased += weight
        if _excessive(self.weight, self.aliased):
            hint = "Prometheus refuses it too; repeat the shared part fewer times"
            raise refusal(where, "the document contains excessive aliasing", hint)
        return node

    def scalar(self, event: Any) -> Scalar:
        where = self.place(event.start_mark)
        tag = event.tag or ""
        if not tag:
            plain = event.implicit[0]
            text = event.value.replace("$$", "$") if self.inside.dollars else event.value
            null = plain and text in goyaml_tags.NULLS
            return Scalar(text, plain, where, null, literal=event.style == "|")
        if not goyaml_tags.fits(tag, event.value):
            raise refusal(where, "a text that does not fit its tag", "correct one of the two")
        if tag == goyaml_tags.BINARY:
            content = goyaml_tags.decoded(event.value) or b""
            return Scalar(content.decode("utf-8", "replace"), False, where)
        plain = goyaml_tags.is_typed(tag)
        return Scalar(event.value, plain, where, tag == goyaml_tags.NULL)

    def refuse_newer_yaml(self, event: Any) -> None:
        """Refuse YAML that our libyaml accepts and its older port in Go does not."""
        if self.top.flow and not event.style and "?" in event.value:
            message = "not YAML for Prometheus: a ? in a text without quotes, between brackets"
            raise refusal(self.place(event.start_mark), message, "put the text in quotes")
        if event.style == '"' and "/" in event.value and _SLASH.search(self.lines_of(event)):
            message = 'not YAML for Prometheus: the escape "\\/"'
            raise refusal(self.place(event.start_mark), message, "write the slash alone")

    def lines_of(self, event: Any) -> str:
        """The lines of the file that hold a scalar."""
        return "\n".join(self.lines[event.start_mark.line : event.end_mark.line + 1])

    @cached_property
    def lines(self) -> list[str]:
        return self.source.content.decode("utf-8", "replace").split("\n")


class _SharingBuilder(_Builder):
    """Gives the node that it has already for each that has the same content. Nodes compare by
    identity, so the content of a collection is the tuple of its nodes."""

    def __init__(self, source: Source, inside: Inside) -> None:
        super().__init__(source, inside)
        self.beginning = Place(source.path)
        self.tables: dict[tuple[Node, ...], Node] = {}
        self.listings: dict[tuple[Node, ...], Node] = {}

    def place(self, _mark: Any) -> Place:
        return self.beginning

    def scalar(self, event: Any) -> Scalar:
        content = event.value, event.style, event.implicit[0], event.tag
        node = self.scalars[content] = super().scalar(event)
        return node

    def collection(self, ended: _Open) -> Node:
        nodes, content = self.tables if ended.table else self.listings, tuple(ended.items)
        node = nodes.get(content)
        if node is None:
            node = nodes[content] = super().collection(ended)
        return node


def _key(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _excessive(weight: int, aliased: int) -> bool:
    """Whether aliases make up more than go-yaml v2 allows: 99 % of a small tree, 10 % of a huge
    one (https://github.com/go-yaml/yaml/blob/v2/decode.go, ``allowedAliasRatio``).
    """
    low, high = 400_000, 4_000_000
    share = 0.99 - 0.89 * (min(max(weight, low), high) - low) / (high - low)
    return weight > SMALL_TREE and aliased > share * weight

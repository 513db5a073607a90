"""YAML as Prometheus reads it: the first document as a tree of nodes, with scalars as text.

Prometheus decodes with go-yaml v2 into its own types, so the field decides what a scalar means:
``0123`` is a text for a label and a number for a modulus. The tree keeps what the decoder needs
(text, quoted or plain, place), and aliases share the node of their anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

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
    return InputError(*_refused(where, message, hint))


def _refused(where: Place, message: str, hint: str) -> tuple[str, str, tuple[Problem, ...]]:
    problem = Problem(where, "prometheus-config", message, hint)
    return f"{where}: {message}", hint, (problem,)


class JobFault(InputError):
    """The error for a job with a wrong value: VictoriaMetrics leaves the job out, and starts."""


def job_fault(where: Place, message: str, hint: str) -> JobFault:
    """The error for a value that makes a job faulty. ``message`` must hold no values."""
    return JobFault(*_refused(where, message, hint))


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


def documents(source: Source, inside: Inside = WHOLE) -> Iterator[Node | None]:
    """The documents of ``source``. Raises InputError, as ``parse`` does."""
    builder = _Builder(source.path, source.content, inside)
    try:
        for event in yaml.parse(source.content, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.DocumentEndEvent):
                yield builder.root
                builder = _Builder(source.path, source.content, inside)
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = builder.place(mark) if mark else Place(source.path)
        raise _not_yaml(where, error.problem or error.context or "not valid YAML") from error
    except yaml.reader.ReaderError as error:
        line = source.content[: error.position].count(b"\n") + 1 + inside.lines
        raise _not_yaml(Place(source.path, line), error.reason) from error


def _not_yaml(where: Place, problem: str) -> InputError:
    return refusal(
        where,
        f"not a Prometheus configuration: line {where.line} is not YAML ({problem})",
        "if the file is a template, name the rendered file as the source",
    )


@dataclass(slots=True)
class _Open:
    """A collection that has not ended yet; ``before`` is the document's weight before it."""

    where: Place
    anchor: str | None
    table: bool
    flow: bool
    key: str  # of the mapping entry that it is the value of
    before: int
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class _Builder:
    """Builds nodes from events, on a stack of its own, so that depth is not limited by Python's.

    ``weight`` is the number of nodes so far with aliases expanded, ``aliased`` the number of those
    that come from aliases.
    """

    path: str
    content: bytes
    inside: Inside
    root: Node | None = None
    weight: int = 0
    aliased: int = 0
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int] | None] = field(default_factory=dict)

    def place(self, mark: Any) -> Place:
        lines, columns = mark.line + self.inside.lines, mark.column + self.inside.columns
        return Place(self.path, lines + 1, columns + 1)

    def take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                weight = 2 if self.counts_twice(scalar=True) else 1
                self.weight += weight
                self.add(self.scalar(event), event.anchor, weight)
            case yaml.AliasEvent():
                self.add(self.alias(event), None, 0)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                ended = self.stack.pop()
                self.add(_close(ended), ended.anchor, self.weight - ended.before)
            case _:
                pass

    def open(self, event: Any) -> None:
        where = self.place(event.start_mark)
        if len(self.stack) == MAX_DEPTH:
            raise refusal(where, f"nested more than {MAX_DEPTH} deep", "flatten the file")
        if event.anchor:
            self.anchors[event.anchor] = None
        is_table = isinstance(event, yaml.MappingStartEvent)
        counts_twice = is_table and self.counts_twice(scalar=False)
        self.stack.append(
            _Open(where, event.anchor, is_table, event.flow_style, self.key(), self.weight)
        )
        self.weight += 2 if counts_twice else 1

    def counts_twice(self, *, scalar: bool) -> bool:
        """Whether go-yaml counts the next node twice: it does so if Prometheus decodes the node's
        type with a method of its own. The key before the node tells the type.
        """
        if not self.stack:
            return True
        top = self.stack[-1]
        if top.table:
            if len(top.items) % 2 == 0:  # a key; those of a label set are label names
                return top.key in LABEL_SETS
            return _key(top.items[-1]) in (OWN_SCALARS if scalar else OWN_TABLES)
        return top.key == "source_labels" if scalar else top.key.endswith("_configs")

    def add(self, node: Node, anchor: str | None, weight: int) -> None:
        if anchor:
            self.anchors[anchor] = (node, weight)
        if self.stack:
            self.stack[-1].items.append(node)
        else:
            self.root = node

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

    def key(self) -> str:
        """The key that the next node is the value of."""
        if self.stack and self.stack[-1].table and len(self.stack[-1].items) % 2:
            return _key(self.stack[-1].items[-1])
        return ""

    def scalar(self, event: Any) -> Scalar:
        self.refuse_newer_yaml(event)
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
        in_flow = self.stack and self.stack[-1].flow
        if in_flow and not event.style and "?" in event.value:
            message = "not YAML for Prometheus: a ? in a text without quotes, between brackets"
            raise refusal(self.place(event.start_mark), message, "put the text in quotes")
        if event.style == '"' and "/" in event.value and _SLASH.search(self.lines_of(event)):
            message = 'not YAML for Prometheus: the escape "\\/"'
            raise refusal(self.place(event.start_mark), message, "write the slash alone")

    def lines_of(self, event: Any) -> str:
        """The lines of the file that hold a scalar."""
        lines = self.content.decode("utf-8", "replace").split("\n")
        return "\n".join(lines[event.start_mark.line : event.end_mark.line + 1])


def _key(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _close(ended: _Open) -> Node:
    if not ended.table:
        return Listing(tuple(ended.items), ended.where)
    pairs = zip(ended.items[::2], ended.items[1::2], strict=True)
    return Table(tuple(pairs), ended.where)


def _excessive(weight: int, aliased: int) -> bool:
    """Whether aliases make up more than go-yaml v2 allows: 99 % of a small tree, 10 % of a huge
    one (https://github.com/go-yaml/yaml/blob/v2/decode.go, ``allowedAliasRatio``).
    """
    low, high = 400_000, 4_000_000
    share = 0.99 - 0.89 * (min(max(weight, low), high) - low) / (high - low)
    return weight > SMALL_TREE and aliased > share * weight

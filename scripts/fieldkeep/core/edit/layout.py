"""The positions of all values in the text of a valid field file, in characters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from fieldkeep.core.common.yaml_events import events

# The line breaks of YAML; a comment ends there too.
_BREAK: Final = re.compile("\r\n|[\n\r]")


@dataclass(frozen=True, slots=True)
class Node:
    """A value: its text is ``[start:end]``, without the rest of the line. ``style`` is a scalar's
    quote or block sign ('' for a plain one), ``[`` or ``{``; ``column`` that of the first
    character; ``keys`` holds the positions of a map's keys."""

    start: int
    end: int
    column: int
    style: str = ""
    flow: bool = True
    items: tuple[Node, ...] = ()
    entries: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def is_list(self) -> bool:
        return self.style == "["


@dataclass(frozen=True, slots=True)
class Layout:
    """The text (without a byte order mark) and its outermost map."""

    text: str
    root: Node
    newline: str

    def line_end(self, position: int) -> int:
        """The position just before the line break that ends the line of ``position``."""
        line_break = _BREAK.search(self.text, position)
        return line_break.start() if line_break else len(self.text)

    def next_line(self, position: int) -> int:
        """The position just after that line break; the end of the text if there is none."""
        line_break = _BREAK.search(self.text, position)
        return line_break.end() if line_break else len(self.text)

    def line_start(self, position: int) -> int:
        starts = [line_break.end() for line_break in _BREAK.finditer(self.text, 0, position)]
        return starts[-1] if starts else 0


def layout(text: str) -> Layout:
    """The layout of a text that ``load`` has accepted."""
    of_file = events(text)
    first = next(event for event in of_file if isinstance(event, yaml.NodeEvent))
    line_break = _BREAK.search(text)
    newline = line_break[0] if line_break and line_break[0] in ("\r\n", "\n", "\r") else "\n"
    return Layout(text, _node(first, of_file, text), newline)


def _node(event: Any, events: Iterator[Any], text: str) -> Node:
    start, end, column = event.start_mark.index, event.end_mark.index, event.start_mark.column
    match event:
        case yaml.SequenceStartEvent():
            items = []
            while not isinstance(after := next(events), yaml.SequenceEndEvent):
                items.append(_node(after, events, text))
            # no character closes a block: it ends with its last item
            is_flow = bool(event.flow_style) or not items
            end = _end(after) if is_flow else items[-1].end
            return Node(start, end, column, "[", is_flow, tuple(items))
        case yaml.MappingStartEvent():
            entries: dict[str, Node] = {}
            keys: dict[str, tuple[int, int]] = {}
            while not isinstance(after := next(events), yaml.MappingEndEvent):
                keys[after.value] = (after.start_mark.index, after.end_mark.index)
                entries[after.value] = _node(next(events), events, text)
            is_flow = bool(event.flow_style) or not entries
            last = max((node.end for node in entries.values()), default=end)
            end = _end(after) if is_flow else last
            return Node(start, end, column, "{", is_flow, (), entries, keys)
        case _:
            if event.style in ("|", ">"):  # the event ends where the next line begins
                end = start + len(text[start:end].rstrip())
            return Node(start, end, column, event.style or "")


def _end(event: Any) -> int:
    return int(event.end_mark.index)

"""Ways to change the text of a field file. Each gives a whole text, which may say something else
than was wanted: ``field_text`` tries them, and reads the result back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from fieldkeep.core.common import canonical
from fieldkeep.core.edit.layout import Layout, Node
from fieldkeep.core.edit.yamltext import block, one_line
from fieldkeep.model import Json

_COMMA: Final = re.compile(r"\s*,[ \t]*")
# What may follow an entry of a flow collection that has its line to itself.
_REST_OF_LINE: Final = re.compile(r"[ \t]*,?[ \t]*(?:[ \t]#[^\r\n]*)?(?=[\r\n]|\Z)")


def replaced(at: Layout, start: int, end: int, text: str) -> str:
    return at.text[:start] + text + at.text[end:]


def inserted(at: Layout, position: int, line: str) -> str:
    """A new line at ``position``, which is the start of a line or the end of the text. A text
    without a line break at its end stays without one."""
    no_break = at.line_start(position) != position
    return replaced(at, position, position, at.newline + line if no_break else line + at.newline)


def line_below(at: Layout, parent: Node, after: str, line: str) -> str:
    """A new line below the entry ``after``."""
    position = at.next_line(parent.entries[after].end)
    return inserted(at, position, " " * parent.column + line)


def lines_removed(at: Layout, parent: Node, key: str) -> str:
    """Without the lines of an entry of a block map."""
    return _without_lines(at, parent.keys[key][0], parent.entries[key].end)


def _without_lines(at: Layout, first: int, last: int) -> str:
    """Without the lines of two positions and those between. A text without a line break at its end
    stays without one, unless an empty line comes to its end."""
    start, end = at.line_start(first), at.next_line(last)
    if end == len(at.text) and at.line_start(end) != end:
        before = at.text[:start].removesuffix("\n").removesuffix("\r")
        start = start if before.endswith(("\n", "\r")) else len(before)
    return replaced(at, start, end, "")


def added_to_flow_map(at: Layout, parent: Node, text: str) -> str:
    """One more entry in ``{...}``, after the last."""
    if not parent.entries:
        return replaced(at, parent.start + 1, parent.start + 1, text)
    last = max(node.end for node in parent.entries.values())
    return replaced(at, last, last, f", {text}")


def removed_from_flow_map(at: Layout, parent: Node, key: str) -> str:
    starts = sorted(start for start, _ in parent.keys.values())
    spans = sorted((parent.keys[other][0], node.end) for other, node in parent.entries.items())
    index = starts.index(parent.keys[key][0])
    return _taken_out(at, spans, index, is_last=index == len(spans) - 1)


def literal_block(at: Layout, node: Node, value: str) -> str:
    """Another literal block with the same indentation; a comment beside its sign stays."""
    old = at.text[at.next_line(node.start) : node.end].lstrip("\r\n")
    text = block(value, len(old) - len(old.lstrip(" ")), at.newline)
    if text is None:
        return at.text
    sign, _, body = text.partition(at.newline)
    comment = _comment(at, node.start)
    return replaced(at, node.start, node.end, f"{sign}{comment}{at.newline}{body}")


def rewritten_line(at: Layout, parent: Node, key: str, text: str) -> str:
    """A new value on the key's line, whatever the old one looked like; a comment there stays."""
    node, colon = parent.entries[key], at.text.index(":", parent.keys[key][1]) + 1
    comment = "" if at.line_end(colon) > node.end else _comment(at, colon)
    return replaced(at, colon, node.end, f" {text}{comment}")


def _comment(at: Layout, position: int) -> str:
    """The comment on the line, with the spaces before it, if at most one word precedes it."""
    line = at.text[position : at.line_end(position)]
    before, sign, _ = line.partition("#")
    is_comment = sign and len(before.split()) <= 1 and (not before or before[-1].isspace())
    return line[len(before.rstrip()) :] if is_comment else ""


# --------------------------------------------------------------------------- lists


def list_edited(at: Layout, node: Node, old: Sequence[Json], new: Sequence[Json]) -> str:
    """A list, item by item: those that stay keep their text, quotes and comments."""
    before, after = ([canonical.dumps(item) for item in items] for items in (old, new))
    text = at.text
    edits = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for kind, old_start, old_end, new_start, new_end in reversed(edits):
        if kind == "equal":
            continue
        swapped = min(old_end - old_start, new_end - new_start)
        added = new[new_start + swapped : new_end]
        is_last = old_end == len(old) and not added
        text = _items_added(Layout(text, node, at.newline), old_start + swapped, added)
        for index in reversed(range(old_start + swapped, old_end)):
            now = Layout(text, node, at.newline)
            text = _item_removed(now, index, is_last=is_last)
        for offset in reversed(range(swapped)):
            item = node.items[old_start + offset]
            value = one_line(new[new_start + offset], item.style, flow=node.flow)
            text = text[: item.start] + value + text[item.end :]
    return text


def _items_added(at: Layout, index: int, values: Sequence[Json]) -> str:
    """``values`` before item ``index``; the text after that item may have been edited already."""
    items, column = at.root.items, at.root.column
    if not values or not items:
        return at.text
    texts = [one_line(value, flow=at.root.flow) for value in values]
    start, end = items[0].start, items[index - 1].end
    if at.root.flow:
        if index == 0:
            return replaced(at, start, start, "".join(f"{text}, " for text in texts))
        return replaced(at, end, end, "".join(f", {text}" for text in texts))
    lines = (at.newline + " " * column).join(f"- {text}" for text in texts)
    if index == 0:
        return replaced(at, at.root.start, at.root.start, lines + at.newline + " " * column)
    return inserted(at, at.next_line(end), " " * column + lines)


def _item_removed(at: Layout, index: int, *, is_last: bool) -> str:
    items = at.root.items
    if at.root.flow:
        return _taken_out(at, [(item.start, item.end) for item in items], index, is_last=is_last)
    return _without_lines(at, items[index].start, items[index].end)


def _taken_out(at: Layout, spans: Sequence[tuple[int, int]], index: int, *, is_last: bool) -> str:
    """Without one entry of a flow collection, and its comma. ``spans`` are the entries; the text
    after this one may have been edited already; ``is_last``: nothing but its end follows."""
    start, end = spans[index]
    if not at.text[at.line_start(start) : start].strip() and _REST_OF_LINE.match(at.text, end):
        return replaced(at, at.line_start(start), at.next_line(end), "")
    comma = _COMMA.match(at.text, end)
    if not is_last or index == 0:
        return replaced(at, start, comma.end() if comma else end, "")
    before = spans[index - 1][1]
    if at.line_end(before) >= end:
        return replaced(at, before, end, "")
    # a comment between the two stays, and the comma before it: YAML allows one at the end
    return replaced(at, start, comma.end() if comma else end, "")

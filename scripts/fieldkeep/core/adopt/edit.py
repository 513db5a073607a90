"""Changes to a field file's text: a value is replaced where it stands, every other line stays.

Each change is tried in the narrowest way first. If the loader does not read the result back as
exactly the wanted entries, the next wider way is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from fieldkeep.core.adopt.layout import Layout, Node, layout
from fieldkeep.core.adopt.yamltext import block, one_line
from fieldkeep.core.common import canonical
from fieldkeep.core.document.attribute_table import ENTRIES
from fieldkeep.core.document.attributes import HAS_PARTS
from fieldkeep.core.fields.load import load
from fieldkeep.model import Json, Source

_BOM: Final = "\ufeff"

# The order of a new file's lines, and where a new line goes in an old one; parts come last.
_ORDER: Final = {
    name: position
    for position, name in enumerate(
        dict.fromkeys(
            [entry.key for entry in ENTRIES]
            + [attribute.part for entry in ENTRIES for attribute in entry.attributes]
        )
    )
}


class CannotEdit(Exception):
    """No edit of the text gives the wanted value; the message names the entry."""


def created(entries: Mapping[str, Json], schema: str | None) -> bytes:
    """The content of a new file; ``schema`` is the schema's path for editors."""
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    for key, value in in_order(entries).items():
        ordered = in_order(value) if isinstance(value, dict) else value
        lines.append(f"{key}: {_new_value(ordered, 2, chr(10))}")
    return ("\n".join(lines) + "\n").encode()


def in_order(entries: Mapping[str, Json]) -> dict[str, Json]:
    return {key: entries[key] for key in sorted(entries, key=rank)}


def rank(key: str) -> tuple[int, str]:
    return _ORDER.get(key, len(_ORDER)), key


def _new_value(value: Json, indent: int, newline: str) -> str:
    if isinstance(value, str) and "\n" in value and (text := block(value, indent, newline)):
        return text
    return one_line(value)


def edited(source: Source, changes: Mapping[str, Json]) -> bytes:
    """The content with these entries set; of ``visibility`` and ``validation`` only the parts that
    are named. Raises CannotEdit."""
    content = source.content
    for key, value in in_order(changes).items():
        old = _entries(source.path, content).get(key)
        if key in HAS_PARTS and isinstance(value, dict) and isinstance(old, dict):
            for part, inner in in_order(value).items():
                content = _set(source.path, content, (key, part), inner)
        else:
            content = _set(source.path, content, (key,), value)
    return content


def _entries(path: str, content: bytes) -> dict[str, Json]:
    file, problems = load(Source(path, content))
    if file is None or problems:
        raise CannotEdit(f"{path}: {problems[0].message if problems else 'not a field file'}")
    return dict(file.attributes)


def _set(path: str, content: bytes, entry: tuple[str, ...], value: Json) -> bytes:
    """The content with one entry, or one part of an entry, set. Raises CannotEdit."""
    before = _entries(path, content)
    wanted = canonical.dumps(_with(before, entry, value))
    if canonical.dumps(before) == wanted:
        return content
    text = content.decode()
    mark = _BOM if text.startswith(_BOM) else ""
    for attempt in _attempts(layout(text.removeprefix(_BOM)), before, entry, value):
        result = (mark + attempt).encode()
        file, problems = load(Source(path, result))
        if file and not problems and canonical.dumps(dict(file.attributes)) == wanted:
            return result
    raise CannotEdit(f"{'.'.join(entry)}: no place in {path} where it could be written")


def _with(entries: Mapping[str, Json], entry: tuple[str, ...], value: Json) -> dict[str, Json]:
    key, *part = entry
    return {**entries, key: {**entries[key], part[0]: value} if part else value}


def _attempts(
    at: Layout, before: Mapping[str, Json], entry: tuple[str, ...], value: Json
) -> Iterator[str]:
    """The edited text in each way that may give the value, the narrowest first."""
    outer, key = entry[0], entry[-1]
    parent = at.root if len(entry) == 1 else at.root.entries[outer]
    in_flow = at.root.flow or parent.flow
    if key in parent.entries:
        node = parent.entries[key]
        old = before[key] if len(entry) == 1 else before[outer][key]
        if node.is_list and isinstance(value, list):
            yield _list_edited(at, node, old, value)
        if node.style == "|" and isinstance(value, str) and "\n" in value:
            yield _literal_block(at, node, value)
        if node.flow and node.style not in ("|", ">"):
            text = one_line(value, node.style, flow=in_flow)
            yield _replaced(at, node.start, node.end, text)
        yield _rewritten(at, parent, key, one_line(value, flow=in_flow))
    elif parent.flow:
        yield _added_to_flow_map(at, parent, f"{key}: {one_line(value, flow=True)}")
    else:
        new = _new_value(value, parent.column + 2, at.newline)
        for text in dict.fromkeys((new, one_line(value))):
            yield from _new_lines(at, parent, key, f"{key}: {text}")


def _new_lines(at: Layout, parent: Node, key: str, line: str) -> Iterator[str]:
    """The line below the entry that usually precedes it, or above all; then below all."""
    earlier = [other for other in parent.entries if rank(other) < rank(key)]
    if not earlier:
        first = at.line_start(min(start for start, _ in parent.keys.values()))
        yield _inserted(at, first, " " * parent.column + line)
    for after in (*sorted(earlier, key=rank, reverse=True)[:1], _last(parent)):
        yield _line_below(at, parent, after, line)
    yield _inserted(at, len(at.text), " " * parent.column + line)


def _last(parent: Node) -> str:
    return max(parent.entries, key=lambda key: parent.entries[key].end)


# --------------------------------------------------------------------------- one way each


def _replaced(at: Layout, start: int, end: int, text: str) -> str:
    return at.text[:start] + text + at.text[end:]


def _inserted(at: Layout, position: int, line: str) -> str:
    """A new line at ``position``, which is the start of a line or the end of the text. A text
    without a line break at its end stays without one."""
    no_break = at.line_start(position) != position
    return _replaced(at, position, position, at.newline + line if no_break else line + at.newline)


def _line_below(at: Layout, parent: Node, after: str, line: str) -> str:
    """A new line below the entry ``after``."""
    position = at.next_line(parent.entries[after].end)
    return _inserted(at, position, " " * parent.column + line)


def _added_to_flow_map(at: Layout, parent: Node, text: str) -> str:
    """One more entry in ``{...}``, after the last."""
    last = max(node.end for node in parent.entries.values())
    return _replaced(at, last, last, f", {text}")


def _literal_block(at: Layout, node: Node, value: str) -> str:
    """Another literal block with the same indentation; a comment beside its sign stays."""
    old = at.text[at.next_line(node.start) : node.end].lstrip("\r\n")
    text = block(value, len(old) - len(old.lstrip(" ")), at.newline)
    if text is None:
        return at.text
    sign, _, body = text.partition(at.newline)
    comment = _comment(at, node.start)
    return _replaced(at, node.start, node.end, f"{sign}{comment}{at.newline}{body}")


def _rewritten(at: Layout, parent: Node, key: str, text: str) -> str:
    """A new value on the key's line, whatever the old one looked like; a comment there stays."""
    node, colon = parent.entries[key], at.text.index(":", parent.keys[key][1]) + 1
    comment = "" if at.line_end(colon) > node.end else _comment(at, colon)
    return _replaced(at, colon, node.end, f" {text}{comment}")


def _comment(at: Layout, position: int) -> str:
    """The comment on the line, with the spaces before it, if at most one word precedes it."""
    line = at.text[position : at.line_end(position)]
    before, sign, _ = line.partition("#")
    is_comment = sign and len(before.split()) <= 1 and (not before or before[-1].isspace())
    return line[len(before.rstrip()) :] if is_comment else ""


def _list_edited(at: Layout, node: Node, old: Sequence[Json], new: Sequence[Json]) -> str:
    """A list, item by item: those that stay keep their text, quotes and comments."""
    before, after = ([canonical.dumps(item) for item in items] for items in (old, new))
    text = at.text
    edits = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for kind, old_start, old_end, new_start, new_end in reversed(edits):
        if kind == "equal":
            continue
        replaced = min(old_end - old_start, new_end - new_start)
        added = new[new_start + replaced : new_end]
        text = _items_added(Layout(text, node, at.newline), old_start + replaced, added)
        text = _items_removed(Layout(text, node, at.newline), old_start + replaced, old_end)
        for offset in reversed(range(replaced)):
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
            return _replaced(at, start, start, "".join(f"{text}, " for text in texts))
        return _replaced(at, end, end, "".join(f", {text}" for text in texts))
    lines = (at.newline + " " * column).join(f"- {text}" for text in texts)
    if index == 0:
        return _replaced(at, at.root.start, at.root.start, lines + at.newline + " " * column)
    return _inserted(at, at.next_line(end), " " * column + lines)


def _items_removed(at: Layout, first: int, end: int) -> str:
    """Without the items ``[first:end]``."""
    items = at.root.items
    if first == end:
        return at.text
    if not at.root.flow:
        text = at.text
        for item in reversed(items[first:end]):
            now = Layout(text, at.root, at.newline)
            text = _replaced(now, now.line_start(item.start), now.next_line(item.end), "")
        return text
    start = items[first].start
    if end < len(items):
        return _replaced(at, start, items[end].start, "")
    before = items[first - 1].end if first else start
    # a comment between the two items stays, and the comma before it: YAML allows one at the end
    start = before if at.line_end(before) > start else start
    return _replaced(at, start, items[-1].end, "")

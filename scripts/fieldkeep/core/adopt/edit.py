"""Changes to a field file's text: a value is replaced where it stands, every other line stays.

A change is tried in the narrowest way first; what the loader does not read back as exactly what
was wanted is undone and tried in a wider way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from fieldkeep.core.adopt.layout import Layout, Node, layout
from fieldkeep.core.adopt.yamltext import block, one_line
from fieldkeep.core.common import canonical
from fieldkeep.core.document.attribute_table import ENTRIES
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
    """The text cannot be made to say it; its message says of which attribute."""


def created(attributes: Mapping[str, Json], schema: str | None) -> bytes:
    """A new file; ``schema`` is the path that editors find the schema at."""
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    for name in sorted(attributes, key=rank):
        value = attributes[name]
        ordered = in_order(value) if isinstance(value, dict) else value
        lines.append(f"{name}: {_fresh(ordered, 2, chr(10))}")
    return ("\n".join(lines) + "\n").encode()


def in_order(attributes: Mapping[str, Json]) -> dict[str, Json]:
    return {name: attributes[name] for name in sorted(attributes, key=rank)}


def rank(key: str) -> tuple[int, str]:
    return _ORDER.get(key, len(_ORDER)), key


def _fresh(value: Json, indent: int, newline: str) -> str:
    if isinstance(value, str) and "\n" in value and (text := block(value, indent, newline)):
        return text
    return one_line(value)


def edited(source: Source, changes: Mapping[str, Json]) -> bytes:
    """The file with these attributes set; of ``visibility`` and ``validation`` only the parts given
    are. Raises CannotEdit."""
    content = source.content
    for name in sorted(changes, key=rank):
        given = changes[name]
        old = _attributes(source.path, content).get(name)
        if isinstance(given, dict) and isinstance(old, dict):
            for part in sorted(given, key=rank):
                content = _set(source.path, content, (name, part), given[part])
        else:
            content = _set(source.path, content, (name,), given)
    return content


def _attributes(path: str, content: bytes) -> dict[str, Json]:
    file, problems = load(Source(path, content))
    if file is None or problems:
        raise CannotEdit(f"{path}: {problems[0].message if problems else 'not a field file'}")
    return dict(file.attributes)


def _set(path: str, content: bytes, where: tuple[str, ...], value: Json) -> bytes:
    before = _attributes(path, content)
    wanted = canonical.dumps(_with(before, where, value))
    if canonical.dumps(before) == wanted:
        return content
    text = content.decode()
    mark = _BOM if text.startswith(_BOM) else ""
    here = layout(text.removeprefix(_BOM))
    for attempt in _attempts(here, before, where, value):
        result = (mark + attempt).encode()
        file, problems = load(Source(path, result))
        if file and not problems and canonical.dumps(dict(file.attributes)) == wanted:
            return result
    raise CannotEdit(f"{'.'.join(where)}: no place in {path} where it could be written")


def _with(attributes: Mapping[str, Json], where: tuple[str, ...], value: Json) -> dict[str, Json]:
    name, *rest = where
    inner = {**attributes[name], rest[0]: value} if rest else value
    return {**attributes, name: inner}


def _attempts(
    here: Layout, before: Mapping[str, Json], where: tuple[str, ...], value: Json
) -> Iterator[str]:
    """The text as it would be, in each way that may do, the narrowest first."""
    outer, name = where[0], where[-1]
    parent = here.root if len(where) == 1 else here.root.entries[outer]
    in_flow = here.root.flow or parent.flow
    if name in parent.entries:
        node = parent.entries[name]
        old = before[name] if len(where) == 1 else before[outer][name]
        if node.is_list and isinstance(value, list):
            yield _items(here, node, old, value)
        if node.style == "|" and isinstance(value, str) and "\n" in value:
            yield _literal(here, node, value)
        if node.flow and node.style not in ("|", ">"):
            text = one_line(value, node.style, flow=in_flow)
            yield _replaced(here, node.start, node.end, text)
        yield _rewritten(here, parent, name, one_line(value, flow=in_flow))
    elif parent.flow:
        yield _more(here, parent, f"{name}: {one_line(value, flow=True)}")
    else:
        fresh = _fresh(value, parent.column + 2, here.newline)
        for said in dict.fromkeys((fresh, one_line(value))):
            yield from _new_lines(here, parent, name, f"{name}: {said}")


def _new_lines(at: Layout, parent: Node, name: str, line: str) -> Iterator[str]:
    """The line below the entry that usually precedes it, else above all; else below all."""
    earlier = [key for key in parent.entries if rank(key) < rank(name)]
    if not earlier:
        first = at.line_start(min(start for start, _ in parent.keys.values()))
        yield _inserted(at, first, " " * parent.column + line)
    for after in (*sorted(earlier, key=rank, reverse=True)[:1], _last(parent)):
        yield _line(at, parent, after, line)
    yield _inserted(at, len(at.text), " " * parent.column + line)


def _last(parent: Node) -> str:
    return max(parent.entries, key=lambda key: parent.entries[key].end)


# --------------------------------------------------------------------------- one way each


def _replaced(at: Layout, start: int, end: int, text: str) -> str:
    return at.text[:start] + text + at.text[end:]


def _inserted(at: Layout, position: int, line: str) -> str:
    """A line of its own at ``position``, which is the start of a line or the end of the text; a
    text whose last line has no end still has none then."""
    is_open = at.line_start(position) != position
    return _replaced(at, position, position, at.newline + line if is_open else line + at.newline)


def _line(at: Layout, parent: Node, after: str, line: str) -> str:
    """A line of its own, below those of the entry ``after``."""
    position = at.next_line(parent.entries[after].end)
    return _inserted(at, position, " " * parent.column + line)


def _more(at: Layout, parent: Node, text: str) -> str:
    """One more entry in ``{...}``, after the last."""
    last = max(node.end for node in parent.entries.values())
    return _replaced(at, last, last, f", {text}")


def _literal(at: Layout, node: Node, value: str) -> str:
    """A literal block for a literal block, as deep as before; a comment beside its sign stays."""
    first = at.text[at.next_line(node.start) : node.end]
    indent = len(first.lstrip("\r\n")) - len(first.lstrip("\r\n").lstrip(" "))
    text = block(value, indent, at.newline)
    if text is None:
        return at.text
    sign, _, body = text.partition(at.newline)
    beside = _comment(at, node.start)
    return _replaced(at, node.start, node.end, f"{sign}{beside}{at.newline}{body}")


def _rewritten(at: Layout, parent: Node, name: str, text: str) -> str:
    """Everything behind the key anew, on the key's line; a comment on that line stays."""
    node, colon = parent.entries[name], at.text.index(":", parent.keys[name][1]) + 1
    beside = "" if at.line_end(colon) > node.end else _comment(at, colon)
    return _replaced(at, colon, node.end, f" {text}{beside}")


def _comment(at: Layout, position: int) -> str:
    """The comment on the line, with the spaces before it, if nothing but a sign precedes it."""
    line = at.text[position : at.line_end(position)]
    before, sign, _ = line.partition("#")
    is_comment = sign and len(before.split()) <= 1 and (not before or before[-1].isspace())
    return line[len(before.rstrip()) :] if is_comment else ""


def _items(at: Layout, node: Node, old: Sequence[Json], new: Sequence[Json]) -> str:
    """A list, item by item: those that stay keep their text, quotes and comments."""
    keys = [[canonical.dumps(item) for item in items] for items in (old, new)]
    text = at.text
    edits = SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes()
    for kind, start, end, left, right in reversed(edits):
        if kind == "equal":
            continue
        both = min(end - start, right - left)
        now = Layout(text, node, at.newline)
        text = _added(now, start + both, new[left + both : right])
        text = _removed(Layout(text, node, at.newline), start + both, end)
        for index in reversed(range(start, start + both)):
            item = node.items[index]
            said = one_line(new[left + index - start], item.style, flow=node.flow)
            text = text[: item.start] + said + text[item.end :]
    return text


def _added(at: Layout, index: int, values: Sequence[Json]) -> str:
    """``values`` before item ``index``; the text behind that item may have been edited already."""
    items, column = at.root.items, at.root.column
    if not values or not items:
        return at.text
    said = [one_line(value, flow=at.root.flow) for value in values]
    start, end = items[0].start, items[index - 1].end
    if at.root.flow:
        if index == 0:
            return _replaced(at, start, start, "".join(f"{text}, " for text in said))
        return _replaced(at, end, end, "".join(f", {text}" for text in said))
    lines = (at.newline + " " * column).join(f"- {text}" for text in said)
    if index == 0:
        return _replaced(at, at.root.start, at.root.start, lines + at.newline + " " * column)
    return _inserted(at, at.next_line(end), " " * column + lines)


def _removed(at: Layout, first: int, end: int) -> str:
    """Without the items from ``first`` to before ``end``."""
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
    # a comment between the two stays: then the comma before it does too, which YAML allows
    start = before if at.line_end(before) > start else start
    return _replaced(at, start, items[-1].end, "")

"""Changes to a field file's text: a value is replaced where it stands, every other line stays.

Each change is tried in the narrowest way first. If the loader does not read the result back as
exactly the wanted entries, the next wider way is tried; if none does it, there is no new text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from fieldkeep.core.common.canonical import equal
from fieldkeep.core.common.paths import dotted
from fieldkeep.core.common.places import places_of
from fieldkeep.core.document.attribute_table import ENTRIES, SCHEMA_VERSION
from fieldkeep.core.document.attributes import HAS_PARTS
from fieldkeep.core.edit import text_edits
from fieldkeep.core.edit.layout import Layout, Node, layout
from fieldkeep.core.edit.yamltext import block, one_line
from fieldkeep.core.fields import versions
from fieldkeep.core.fields.load import load
from fieldkeep.model import FieldFile, Json, Place, Source

_BOM: Final = "\ufeff"

# The order of a new file's lines, and where a new line goes in an old one; parts come last.
_ORDER: Final = {
    name: position
    for position, name in enumerate(
        dict.fromkeys(
            [SCHEMA_VERSION]
            + [entry.key for entry in ENTRIES]
            + [attribute.part for entry in ENTRIES for attribute in entry.attributes]
        )
    )
}


class CannotEdit(Exception):
    """No edit of the text gives the wanted value; the message names the entry, ``where`` its
    place."""

    def __init__(self, where: Place, message: str) -> None:
        super().__init__(message)
        self.where = where


@dataclass(frozen=True, slots=True)
class _Set:
    """``path`` leads to an entry, or to a part of it, that gets this value."""

    path: tuple[str, ...]
    value: Json


@dataclass(frozen=True, slots=True)
class _Remove:
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rename:
    """The entry at ``path`` keeps its place and its value, under another name."""

    path: tuple[str, ...]
    name: str


_Step = _Set | _Remove | _Rename


def created(entries: Mapping[str, Json], schema: str | None) -> bytes:
    """The content of a new file; ``schema`` is the schema's path for editors."""
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    if versions.VERSION > 1:
        entries = {**entries, SCHEMA_VERSION: versions.VERSION}
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
    wanted = dict(_file(source).attributes)
    for key, value in in_order(changes).items():
        old = wanted.get(key)
        if key in HAS_PARTS and isinstance(value, dict) and isinstance(old, dict):
            wanted[key] = {**old, **value}
        else:
            wanted[key] = value
    return rewritten(source, wanted)


def rewritten(source: Source, wanted: Mapping[str, Json]) -> bytes:
    """The content that says exactly these entries, with every line as it was that says the same
    before and after. Raises CannotEdit."""
    file = _file(source)
    for step in list(_steps(file.attributes, wanted)):
        file = _taken(file, step)
    assert equal(dict(file.attributes), dict(wanted))  # each step was read back
    return file.content


def _file(source: Source) -> FieldFile:
    file, problems = load(source)
    if file is None or problems:
        raise CannotEdit(problems[0].where, problems[0].message)
    return file


def _steps(
    before: Mapping[str, Json], after: Mapping[str, Json], path: tuple[str, ...] = ()
) -> Iterator[_Step]:
    """What makes ``after`` of ``before``. What is removed comes last: a map never becomes empty on
    the way."""
    renamed = _renamed(before, after)
    yield from (_Rename((*path, old), new) for old, new in renamed.items())
    before = {renamed.get(key, key): value for key, value in before.items()}
    for key, new in in_order(after).items():
        old = before.get(key)
        if isinstance(old, dict) and isinstance(new, dict) and new:
            yield from _steps(old, new, (*path, key))
        elif key not in before or not equal(old, new):
            yield _Set((*path, key), new)
    for key in sorted(before.keys() - after.keys(), key=rank):
        yield _Remove((*path, key))


def _renamed(before: Mapping[str, Json], after: Mapping[str, Json]) -> dict[str, str]:
    """New names by old ones: where a name is gone, a new one stands in its place, and the value is
    the same."""
    old, new = [*before], [*after]
    pairs = (
        pair
        for kind, old_start, old_end, new_start, new_end in SequenceMatcher(
            None, old, new, autojunk=False
        ).get_opcodes()
        if kind == "replace"
        for pair in zip(old[old_start:old_end], new[new_start:new_end], strict=False)
    )
    return {
        gone: added
        for gone, added in pairs
        if gone not in after and added not in before and equal(before[gone], after[added])
    }


def _taken(file: FieldFile, step: _Step) -> FieldFile:
    """The file after a step. Raises CannotEdit."""
    wanted = _after(file.attributes, step.path, step)
    text = file.content.decode()
    mark = _BOM if text.startswith(_BOM) else ""
    for attempt in _attempts(layout(text.removeprefix(_BOM)), file.attributes, step):
        result, problems = load(Source(file.path, (mark + attempt).encode()))
        if result and not problems and equal(dict(result.attributes), wanted):
            return result
    message = f"{dotted(step.path)} cannot be changed without other lines"
    raise CannotEdit(_place(file, step.path), message)


def _place(file: FieldFile, path: tuple[str, ...]) -> Place:
    """Of an entry, or of the innermost map around it that is there."""
    keys = places_of(file).keys
    around = (keys.get(path[:depth]) for depth in range(len(path), 0, -1))
    return next(filter(None, around), Place(file.path))


def _after(entries: Mapping[str, Json], path: tuple[str, ...], step: _Step) -> dict[str, Json]:
    """The entries after a step, of which ``path`` is what is left of its path."""
    key, *rest = path
    if rest:
        return {**entries, key: _after(entries[key], tuple(rest), step)}
    match step:
        case _Set(_, value):
            return {**entries, key: value}
        case _Rename(_, name):
            return {name if other == key else other: v for other, v in entries.items()}
        case _Remove():
            return {other: value for other, value in entries.items() if other != key}


def _attempts(at: Layout, before: Mapping[str, Json], step: _Step) -> Iterator[str]:
    """The edited text in each way that may take the step, the narrowest first."""
    *outer, key = step.path
    parent, old, in_flow = at.root, before, at.root.flow
    for name in outer:
        parent, old = parent.entries[name], old[name]
        in_flow = in_flow or parent.flow
    match step:
        case _Rename(_, name):
            yield text_edits.replaced(at, *parent.keys[key], one_line(name, flow=in_flow))
        case _Remove() if parent.flow:
            yield text_edits.removed_from_flow_map(at, parent, key)
        case _Remove():
            yield text_edits.lines_removed(at, parent, key)
        case _Set(_, value) if key in parent.entries:
            yield from _new_values(at, parent, key, (old[key], value), in_flow=in_flow)
        case _Set(_, value) if parent.flow:
            text = f"{one_line(key, flow=True)}: {one_line(value, flow=True)}"
            yield text_edits.added_to_flow_map(at, parent, text)
        case _Set(_, value):
            new = _new_value(value, parent.column + 2, at.newline)
            for text in dict.fromkeys((new, one_line(value))):
                yield from _new_lines(at, parent, key, f"{one_line(key)}: {text}")


def _new_values(
    at: Layout, parent: Node, key: str, change: tuple[Json, Json], *, in_flow: bool
) -> Iterator[str]:
    """Another value for an entry that is there; ``change`` is its old and its new one."""
    node, (old, value) = parent.entries[key], change
    if node.is_list and isinstance(value, list):
        yield text_edits.list_edited(at, node, old, value)
    if node.style == "|" and isinstance(value, str) and "\n" in value:
        yield text_edits.literal_block(at, node, value)
    if node.flow and node.style not in ("|", ">"):
        text = one_line(value, node.style, flow=in_flow)
        yield text_edits.replaced(at, node.start, node.end, text)
    yield text_edits.rewritten_line(at, parent, key, one_line(value, flow=in_flow))


def _new_lines(at: Layout, parent: Node, key: str, line: str) -> Iterator[str]:
    """The line below the entry that usually precedes it, or above all; then below all."""
    earlier = [other for other in parent.entries if rank(other) < rank(key)]
    if not earlier:
        first = at.line_start(min(start for start, _ in parent.keys.values()))
        yield text_edits.inserted(at, first, " " * parent.column + line)
    for after in (*sorted(earlier, key=rank, reverse=True)[:1], _last(parent)):
        yield text_edits.line_below(at, parent, after, line)
    yield text_edits.inserted(at, len(at.text), " " * parent.column + line)


def _last(parent: Node) -> str:
    return max(parent.entries, key=lambda key: parent.entries[key].end)

"""The canonical form of a field file's text: what it says, its comments and its order stay.

Each pass changes one thing. A pass whose result does not load as the same data with the same
comments is left out: that happens where spaces or empty lines are part of a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.canonical import equal
from fieldkeep.core.edit.layout import Layout, Node, layout
from fieldkeep.core.edit.yamltext import one_line
from fieldkeep.core.fields.load import load
from fieldkeep.model import FieldFile, Json, Source

_BOM: Final = "\ufeff"
_BLANK: Final = " \t"  # the white space of YAML
_STEP: Final = 2  # columns of an indentation
_BREAK: Final = re.compile("\r\n|[\n\r]")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|[\n\r]|\Z)")
_PIECE: Final = re.compile(r"([^#\r\n]*)(#[^\r\n]*)?(\r\n|[\n\r])?")
_PUNCTUATION: Final = re.compile(r"[ \t:,\[\]{}?-]*")
_COMMENT: Final = re.compile(r"[ \t]*#[^\r\n]*")


def formatted(file: FieldFile) -> bytes:
    """The content of a file that loads without findings."""
    text = file.content.decode()
    mark = _BOM if text.startswith(_BOM) else ""
    text = text.removeprefix(_BOM)
    for step in _PASSES:
        result = step(layout(text), dict(file.attributes))
        if result != text and _says_the_same(file, text, result):
            text = result
    return (mark + text).encode()


def _says_the_same(file: FieldFile, text: str, result: str) -> bool:
    now, problems = load(Source(file.path, result.encode()))
    return (
        now is not None
        and not problems
        and equal(dict(now.attributes), dict(file.attributes))
        and _comments(layout(text)) == _comments(layout(result))
    )


# --------------------------------------------------------------------------- parts of a text


@dataclass(frozen=True, slots=True)
class _Scalar:
    """A key or a value that holds no others."""

    start: int
    end: int
    style: str
    value: Json
    in_flow: bool


def _scalars(at: Layout, value: Json) -> list[_Scalar]:
    """In the order of the text."""
    return sorted(_below(at, at.root, value, in_flow=False), key=lambda scalar: scalar.start)


def _below(at: Layout, node: Node, value: Json, *, in_flow: bool) -> Iterator[_Scalar]:
    in_flow = in_flow or (node.flow and node.style in ("[", "{"))
    if node.style == "{":
        for key, inner in node.entries.items():
            start, end = node.keys[key]
            style = at.text[start] if at.text[start] in "'\"" else ""
            yield _Scalar(start, end, style, key, in_flow=True)
            yield from _below(at, inner, value[key] if value else None, in_flow=in_flow)
    elif node.style == "[":
        for number, item in enumerate(node.items):
            yield from _below(at, item, value[number] if value else None, in_flow=in_flow)
    else:
        yield _Scalar(node.start, node.end, node.style, value, in_flow)


def _gaps(at: Layout) -> Iterator[tuple[int, int]]:
    """The text between scalars: punctuation, spaces, line breaks and comments."""
    before = 0
    for scalar in _scalars(at, None):
        yield before, scalar.start
        before = scalar.end
    yield before, len(at.text)


def _comments(at: Layout) -> list[str]:
    return [
        found[0].strip(_BLANK)
        for start, end in _gaps(at)
        for found in _COMMENT.finditer(at.text, start, end)
    ]


def _with_gaps(at: Layout, change: Callable[[str, int], str]) -> str:
    """The text with each gap changed; ``change`` gets the gap and where it begins."""
    parts, before = [], 0
    for start, end in _gaps(at):
        parts += [at.text[before:start], change(at.text[start:end], start)]
        before = end
    return "".join(parts)


# --------------------------------------------------------------------------- passes


def _line_ends(at: Layout, _: Json) -> str:
    """All as the first is."""
    return _BREAK.sub(at.newline, at.text)


def _indentation(at: Layout, _: Json) -> str:
    """Two columns a level; what an entry goes on with moves with it."""
    columns = dict(_columns(at, at.root, 0))
    lines = [_Indented(found.start(), found[0]) for found in _LINE.finditer(at.text)]
    beside = _beside(lines, columns)
    shift, result = 0, []
    for line in lines:
        if line.begin in columns:
            shift = columns[line.begin] - line.column
        column = beside.get(line.begin, line.column + shift)
        result.append(" " * column + line.body if line.body.strip() else line.text)
    return "".join(result)


class _Indented:
    """A line; ``begin`` is the position of its first character that is no space."""

    def __init__(self, start: int, text: str) -> None:
        self.text, self.body = text, text.lstrip(" ")
        self.column = len(text) - len(self.body)
        self.begin = start + self.column


def _beside(lines: Sequence[_Indented], columns: Mapping[int, int]) -> dict[int, int]:
    """The columns of the comments that stand as an entry below them does."""
    below: dict[int, int] = {}
    result = {}
    for line in reversed(lines):
        if line.begin in columns:
            below[line.column] = columns[line.begin]
        elif line.body.startswith("#") and line.column in below:
            result[line.begin] = below[line.column]
    return result


def _columns(at: Layout, node: Node, column: int) -> Iterator[tuple[int, int]]:
    """Where the entries of blocks begin, and the columns that they should have."""
    if node.flow:
        return
    for key, inner in node.entries.items():
        yield node.keys[key][0], column
        yield from _columns(at, inner, column + _STEP)
    for item in node.items:
        sign = at.text.rindex("-", 0, item.start)
        yield sign, column
        yield from _columns(at, item, column + _STEP)


def _spaces(at: Layout, _: Json) -> str:
    """One after a colon, a comma and a dash; none inside brackets and at the end of a line."""

    def gap(text: str, start: int) -> str:
        # not at.line_start(): it reads the text from its beginning each time
        pieces = ((piece, start + piece.start()) for piece in _PIECE.finditer(text))
        return "".join(
            _spaced(piece, begins_line=not position or at.text[position - 1] in "\r\n")
            for piece, position in pieces
        )

    return _with_gaps(at, gap)


def _spaced(piece: re.Match[str], *, begins_line: bool) -> str:
    """What stands between two scalars on one line, or from a scalar to the end of its line."""
    body, comment, end = piece.groups(default="")
    if not _PUNCTUATION.fullmatch(body) or "--" in body:  # `---`, a directive
        return piece[0]
    indent = body[: len(body) - len(body.lstrip(" "))] if begins_line else ""
    tail = body[len(body.rstrip(_BLANK)) :] if comment else ""
    code = re.sub(r"[ \t]*([,:])[ \t]*", r"\1 ", body[len(indent) :])
    code = re.sub(r"-[ \t]+", "- ", code)
    code = re.sub(r"([\[{])[ \t]+|[ \t]+([\]}])", lambda found: found[1] or found[2], code)
    if comment and not code.strip():
        return (indent if begins_line else tail) + comment.rstrip(_BLANK) + end
    if comment or end:
        return (indent + code.rstrip(_BLANK) + tail + comment.rstrip(_BLANK)).rstrip(_BLANK) + end
    return indent + code


def _empty_lines(at: Layout, _: Json) -> str:
    """One at most between two others, none at the beginning; a line break ends the file."""

    def gap(text: str, start: int) -> str:
        if start + len(text) == len(at.text):
            text = text.rstrip(_BLANK + "\r\n") + at.newline
        text = re.sub(rf"(?:{at.newline}){{3,}}", at.newline * 2, text)
        return text if start else text.lstrip("\r\n")

    return _with_gaps(at, gap)


def _quotes(at: Layout, value: Json) -> str:
    """None where every reader of YAML takes the plain text for the same."""
    text = at.text
    for scalar in reversed(_scalars(at, value)):
        if scalar.style in ("'", '"') and not _BREAK.search(text, scalar.start, scalar.end):
            plain = one_line(scalar.value, flow=scalar.in_flow)
            if plain[0] not in "'\"":
                text = text[: scalar.start] + plain + text[scalar.end :]
    return text


_PASSES: Final = (_line_ends, _indentation, _spaces, _empty_lines, _quotes)

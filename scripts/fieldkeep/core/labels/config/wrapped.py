"""Finds a configuration in a file of another kind: a ConfigMap, a Secret, the values of a chart, a
list of jobs, an OpenTelemetry collector, a Compose or a cloud-init file.

The configuration is a value in it: a mapping, a list of jobs, or the text of one. A pointer such as
``data/prometheus.yml`` names it: the keys on the way, and the indexes of lists; in a key, ``/`` is
written ``~1`` and ``~`` is ``~0``, as in a JSON pointer.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.decode import MERGE
from fieldkeep.core.labels.config.goyaml import (
    WHOLE,
    Inside,
    Listing,
    Node,
    Scalar,
    Table,
    documents,
    refusal,
)
from fieldkeep.errors import InputError
from fieldkeep.model import Place, Source

Pointer = tuple[str, ...]
SCRAPES: Final = ("scrape_configs", "scrape_config_files")
MAX_BYTES: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 50  # keys and indexes on the way to a value
_GZIP: Final = b"\x1f\x8b"
_BASE64: Final = ("b64", "base64", "gz+b64", "gz+base64", "gzip+b64", "gzip+base64")


@dataclass(frozen=True, slots=True)
class _At:
    """A node on the way, and the text that it was read from."""

    node: Node | None
    source: Source
    inside: Inside


def parse_pointer(text: str) -> Pointer:
    """The keys of a pointer."""
    keys = [key for key in text.split("/") if key]
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in keys)


def format_pointer(pointer: Pointer) -> str:
    """A pointer as settings write it."""
    return "/".join(key.replace("~", "~0").replace("/", "~1") for key in pointer)


def is_configuration(root: Node | None) -> bool:
    """Whether the root of a file is a configuration, not one of another kind that may hold one."""
    if isinstance(root, Listing):
        return False
    if not isinstance(root, Table):
        return True  # empty, or a text: the reader says so
    known = known_fields.any_release(known_fields.TOP)
    names = _keys(root)
    return any(name in SCRAPES for name in names) or all(name in known for name in names)


def root_at(source: Source, pointer: Pointer) -> Node:
    """The configuration that a pointer names. A list of jobs becomes ``scrape_configs``.

    Raises:
        InputError: there is no such value, or it is no YAML.
    """
    inside = Inside(dollars=_doubles_dollars(pointer))
    first: InputError | None = None
    for document in documents(source, inside):
        try:
            return _root(_follow(_At(document, source, inside), document, pointer), pointer)
        except LookupError as error:
            where = document.where if document is not None else Place(source.path)
            message = f"no value at {format_pointer(pointer)}"
            first = first or refusal(where, message, str(error.args[0]))
    raise first or refusal(Place(source.path), "an empty file", "name the file with the jobs")


def find(source: Source) -> list[Pointer]:
    """The pointers of all values that are configurations or lists of jobs, in the file's order.

    Raises:
        InputError: the file is no YAML.
    """
    found: dict[Pointer, None] = {}
    for document in documents(source):
        start = _At(document, source, WHOLE)
        found |= dict.fromkeys(_search(start, document, (), set()))
    return list(found)


def _search(at: _At, document: Node | None, pointer: Pointer, seen: set[Node]) -> Iterator[Pointer]:
    node = at.node
    if node is None or len(pointer) > MAX_DEPTH or node in seen:
        return
    seen.add(node)
    if _is_wrapped(node):
        yield pointer
        return
    for key in _keys(node):
        path = (*pointer, key)
        child = _child(at, document, pointer, key)
        if not isinstance(child.node, Scalar):
            yield from _search(child, document, path, seen)
        elif inner := _entered(child, path):
            if inner.node is None:  # it looks like a configuration with a fault
                yield path
            yield from _search(inner, inner.node, path, seen)


def _entered(at: _At, pointer: Pointer) -> _At | None:
    """A text as the YAML that it holds; None if it holds no configuration. Its node is None if the
    text is a configuration with a fault."""
    assert isinstance(at.node, Scalar)
    text = at.node.text
    if not any(f"{word}:" in text for word in (*SCRAPES, "job_name")):
        return None
    try:
        return _read_text(at, pointer)
    except InputError:
        starts = any(line.startswith(f"{SCRAPES[0]}:") for line in text.splitlines())
        return _At(None, at.source, at.inside) if starts else None


def _follow(at: _At, document: Node | None, pointer: Pointer) -> _At:
    """Raises LookupError with a hint if there is no such value, InputError for a text in the way
    that is no YAML."""
    for length, key in enumerate(pointer):
        if isinstance(at.node, Scalar):
            at = _read_text(at, pointer[:length])
            document = at.node
        at = _child(at, document, pointer[:length], key)
    return _read_text(at, pointer) if isinstance(at.node, Scalar) else at


def _root(at: _At, pointer: Pointer) -> Node:
    if isinstance(at.node, Listing):
        key = Scalar(SCRAPES[0], True, at.node.where)
        return Table(((key, at.node),), at.node.where)
    if at.node is None:
        where = Place(at.source.path)
        raise refusal(
            where, f"nothing at {format_pointer(pointer)}", "name the value with the jobs"
        )
    return at.node


def _child(at: _At, document: Node | None, pointer: Pointer, key: str) -> _At:
    """Raises LookupError with a hint."""
    node = at.node
    if isinstance(node, Listing) and key.isdecimal() and int(key) < len(node.items):
        return _At(node.items[int(key)], at.source, at.inside)
    value = _value(node, key) if isinstance(node, Table) else None
    if value is None:
        keys = _keys(node)
        raise LookupError(did_you_mean(key, keys, f"there is: {', '.join(keys) or 'nothing'}"))
    if isinstance(value, Scalar) and _is_base64(document, node, pointer, key):
        decoded = _decoded(value, (*pointer, key), at.source)
        return _At(decoded, at.source, at.inside)
    return _At(value, at.source, at.inside)


def _value(node: Table, key: str) -> Node | None:
    """The value of a key; one that a merge key brings counts where the mapping has none itself."""
    merged: Node | None = None
    for name, value in node.pairs:
        if isinstance(name, Scalar) and name.text == key:
            return value
        if isinstance(name, Scalar) and name.plain and name.text == MERGE:
            tables = value.items if isinstance(value, Listing) else (value,)
            inner = [_value(table, key) for table in tables if isinstance(table, Table)]
            merged = merged or next((found for found in inner if found is not None), None)
    return merged


def _keys(node: Node | None) -> list[str]:
    if isinstance(node, Listing):
        return [str(index) for index in range(len(node.items))]
    if isinstance(node, Table):
        return [key.text for key, _ in node.pairs if isinstance(key, Scalar) and key.text != MERGE]
    return []


def _is_wrapped(node: Node) -> bool:
    """Whether a value is a configuration, or a list of jobs."""
    if isinstance(node, Listing):
        return bool(node.items) and all("job_name" in _keys(item) for item in node.items)
    values = [_value(node, name) for name in SCRAPES] if isinstance(node, Table) else []
    return any(isinstance(value, Listing) for value in values)


def _doubles_dollars(pointer: Pointer) -> bool:
    """Whether ``$$`` stands for ``$``: in a collector's receivers, and in configs of Compose."""
    in_collector = "receivers" in pointer and "config" in pointer[pointer.index("receivers") :]
    in_compose = pointer[:1] == ("configs",) and pointer[-1:] == ("content",)
    return in_collector or in_compose


def _is_base64(document: Node | None, node: Node | None, pointer: Pointer, key: str) -> bool:
    """Whether a text is encoded: in the data of a Secret, or by cloud-init's word."""
    if pointer == ("data",) and _text(document, "kind") == "Secret":
        return True
    return key == "content" and _text(node, "encoding") in _BASE64


def _text(node: Node | None, key: str) -> str:
    value = _value(node, key) if isinstance(node, Table) else None
    return value.text if isinstance(value, Scalar) else ""


def _decoded(scalar: Scalar, pointer: Pointer, source: Source) -> Scalar:
    """The text that a value encodes, compressed or not."""
    try:
        content = base64.b64decode("".join(scalar.text.split()), validate=True)
        if content.startswith(_GZIP):
            content = zlib.decompressobj(wbits=31).decompress(content, MAX_BYTES)
        text = content.decode("utf-8")
    except (binascii.Error, zlib.error, UnicodeDecodeError, ValueError):
        text = ""
    return Scalar(text, False, Place(f"{source.path}#{format_pointer(pointer)}"))


def _read_text(at: _At, pointer: Pointer) -> _At:
    """The first document in a text. Raises InputError; its places are in the outer file if the text
    is a block that keeps its lines, else lines of the text itself."""
    scalar = at.node
    assert isinstance(scalar, Scalar)
    if scalar.literal:
        lines = at.source.content.decode("utf-8", "replace").split("\n")
        start = scalar.where.line - at.inside.lines
        body = next((line for line in lines[start:] if line.strip()), "")
        indent = len(body) - len(body.lstrip(" "))
        inside = Inside(at.inside.lines + start, at.inside.columns + indent)
        source = Source(at.source.path, scalar.text.encode())
    else:
        inside = WHOLE
        path = at.source.path.partition("#")[0]
        source = Source(f"{path}#{format_pointer(pointer)}", scalar.text.encode())
    return _At(next(documents(source, inside), None), source, inside)

"""JSON of a store or a file, read in one way, and written so that equal values give equal bytes:
sorted keys, no spaces, UTF-8, no NaN, 10 for 10.0.

Close to RFC 8785 (https://www.rfc-editor.org/rfc/rfc8785), but other numbers keep Python's form.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
import zlib
from collections.abc import Mapping
from typing import Final

from fieldkeep.model import Json

DEEPEST: Final = 100
"""The deepest nesting of a document. It needs far less; a validator fails at more."""

# A backup, the history and a plan hold values of a document, some levels down.
_DEEPEST_AROUND = DEEPEST + 20
_BOM = b"\xef\xbb\xbf"  # RFC 8259, section 8.1: a parser may ignore it
# Beyond, a number has no digits of its own: https://www.rfc-editor.org/rfc/rfc8785#section-3.2.2.3
_LARGEST_PLAIN = 1e21
# A whole number as Python writes it when it is a float. It may be part of a text, too.
_WHOLE_FLOAT = re.compile(r"[:,\[]-?[0-9](?:[0-9]*\.0|(?:\.[0-9]+)?e\+[0-9]+)[,\]}]")
# A stored value has a few hundred KiB at most; a gzip bomb must not fill the memory.
_MAX_UNPACKED = 64 * 1024 * 1024


def dumps(value: Json) -> bytes:
    """Canonical JSON. Raises ValueError for NaN and infinities."""
    text = _PLAIN.encode(value)
    if isinstance(value, float) or _WHOLE_FLOAT.search(text):
        return _encoded(_plain_numbers(value))
    return _encoded(value, text)


def joined(parts: Mapping[str, bytes]) -> bytes:
    """The canonical form of an object whose values are encoded already."""
    members = (dumps(name) + b":" + parts[name] for name in sorted(parts))
    return b"{" + b",".join(members) + b"}"


def _encoded(value: Json, text: str | None = None) -> bytes:
    try:
        return (_PLAIN.encode(value) if text is None else text).encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON of other writers may contain
        return _ESCAPED.encode(value).encode()


def _plain_numbers(value: Json) -> Json:
    match value:
        case float() if value.is_integer() and abs(value) < _LARGEST_PLAIN:
            return int(value)
        case dict():
            return {name: _plain_numbers(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain_numbers(inner) for inner in value]
    return value


def equal(left: Json, right: Json) -> bool:
    """Whether a reader of JSON sees the same: 10 is 10.0, and true is not 1. As if both were
    encoded, at a tenth of the time."""
    kind = type(left)
    if kind is not type(right):
        return {kind, type(right)} in _ALIKE and dumps(left) == dumps(right)
    if kind is dict:
        return len(left) == len(right) and all(
            name in right and equal(value, right[name]) for name, value in left.items()
        )
    if kind is list or kind is tuple:
        return len(left) == len(right) and all(map(equal, left, right))
    return bool(left == right)


_ALIKE: Final = ({int, float}, {list, tuple})


def _encoder(*, ensure_ascii: bool) -> json.JSONEncoder:
    return json.JSONEncoder(
        sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=ensure_ascii
    )


_PLAIN = _encoder(ensure_ascii=False)
_ESCAPED = _encoder(ensure_ascii=True)


def loads(content: bytes, *, strict: bool = False) -> Json:
    """The JSON value in ``content``; a byte order mark is skipped. ``strict`` refuses duplicate
    names in an object. Raises ValueError with a reason of one line."""
    try:
        value = json.loads(
            content.removeprefix(_BOM).decode("utf-8"),
            parse_constant=_refuse,
            parse_float=_finite,
            object_pairs_hook=_unique if strict else None,
        )
    except json.JSONDecodeError as error:
        reason = error.msg.removesuffix(" starting at")
        raise ValueError(f"not JSON at character {error.pos}: {reason}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise ValueError("not JSON that can be read: nested too deep") from error
    require_shallow(value, _DEEPEST_AROUND)
    return value


def loads_and_repeated(content: bytes) -> tuple[Json, str | None]:
    """The JSON value in ``content``, and a name that an object in it has twice, of which only the
    last value is read. Raises ValueError."""
    try:
        return loads(content, strict=True), None
    except _RepeatedNameError as error:
        return loads(content), error.name


def require_shallow(value: Json, deepest: int = DEEPEST) -> None:
    """Raises ValueError if it is nested deeper than a document may be, or than ``deepest``."""
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(deepest):
        if not any(level):
            return
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, _CONTAINERS)
        ]
    raise ValueError("not JSON that can be read: nested too deep")


_CONTAINERS: Final = (dict, list)


class _RepeatedNameError(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(f"an object says '{name}' twice")
        self.name = name


def _unique(pairs: list[tuple[str, Json]]) -> Json:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _RepeatedNameError(twice)
    return values


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"not JSON: {text} is too large a number")
    return number


def _refuse(word: str) -> Json:
    raise ValueError(f"not JSON: {word} is no number")


def digest(value: Json) -> str:
    """``sha256:`` and the hexadecimal SHA-256 of the canonical form."""
    return digest_of(dumps(value))


def digest_before_equal_numbers(value: Json) -> str:
    """The digest as programs computed it that wrote 10.0 for 10.0."""
    return digest_of(_encoded(value))


def digest_of(content: bytes) -> str:
    import hashlib

    return "sha256:" + hashlib.sha256(content).hexdigest()


def pack(value: Json) -> str:
    """The canonical form, gzipped, as base64. Equal values give equal texts."""
    return gzipped(dumps(value))


class Allowance:
    """How many bytes some gzipped values may hold together. Each within a bound of its own, they
    could still fill the memory."""

    def __init__(self, most: int = _MAX_UNPACKED) -> None:
        self.left = most


def unpack(text: str, allowance: Allowance | None = None) -> Json:
    """The inverse of ``pack``. Raises ValueError."""
    return loads(gunzipped(text, allowance))


def gzipped(content: bytes) -> str:
    """Base64 of gzip, without a time."""
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")


def gunzipped(text: str, allowance: Allowance | None = None) -> bytes:
    """The inverse of ``gzipped``, which uses up the allowance. Raises ValueError."""
    allowance = allowance or Allowance()
    try:
        packed = zlib.decompressobj(wbits=31)
        content = packed.decompress(base64.b64decode(text, validate=True), allowance.left + 1)
    except (binascii.Error, zlib.error, TypeError, UnicodeEncodeError) as error:
        raise ValueError("not base64 of gzip") from error
    if len(content) > allowance.left:
        allowance.left = 0
        raise ValueError("gzip that is too large, itself or together with others")
    allowance.left -= len(content)
    if not packed.eof:
        raise ValueError("gzip that ends too early or is too large")
    return content

"""Canonical JSON: equal values give equal bytes. Sorted keys, no spaces, UTF-8, no NaN.

Close to RFC 8785 (https://www.rfc-editor.org/rfc/rfc8785), but numbers keep Python's form.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import json
import zlib

from fieldkeep.model import Json

# A document needs far less. A value this deep, wrapped in a backup and a history, still stays below
# the depth at which a validator fails.
_DEEPEST = 100
# A stored value has a few hundred KiB at most; a gzip bomb must not fill the memory.
_MAX_UNPACKED = 64 * 1024 * 1024


def dumps(value: Json) -> bytes:
    """Canonical JSON. Raises ValueError for NaN and infinities."""
    try:
        return _PLAIN.encode(value).encode()
    except UnicodeEncodeError:  # a lone surrogate, which JSON of other writers may contain
        return _ESCAPED.encode(value).encode()


def _encoder(*, ensure_ascii: bool) -> json.JSONEncoder:
    return json.JSONEncoder(
        sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=ensure_ascii
    )


_PLAIN = _encoder(ensure_ascii=False)
_ESCAPED = _encoder(ensure_ascii=True)


def loads(content: bytes, *, strict: bool = False) -> Json:
    """The JSON value in ``content``. ``strict`` refuses duplicate names in an object. Raises
    ValueError with a reason of one line."""
    try:
        value = json.loads(
            content.decode("utf-8"),
            parse_constant=_refuse,
            parse_float=_finite,
            object_pairs_hook=_unique if strict else None,
        )
        return _shallow(value)
    except json.JSONDecodeError as error:
        reason = error.msg.removesuffix(" starting at")
        raise ValueError(f"not JSON at character {error.pos}: {reason}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise ValueError("not JSON that can be read: nested too deep") from error


def _shallow(value: Json) -> Json:
    """The value itself. Raises ValueError if it is nested deeper than ``_DEEPEST``."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return value
    raise ValueError("not JSON that can be read: nested too deep")


def _unique(pairs: list[tuple[str, Json]]) -> Json:
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object says '{twice}' twice")
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


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def pack(value: Json) -> str:
    """The canonical form, gzipped, as base64. Equal values give equal texts."""
    return base64.b64encode(gzip.compress(dumps(value), 9, mtime=0)).decode("ascii")


def unpack(text: str) -> Json:
    """The inverse of ``pack``. Raises ValueError."""
    try:
        packed = zlib.decompressobj(wbits=31)
        content = packed.decompress(base64.b64decode(text, validate=True), _MAX_UNPACKED)
    except (binascii.Error, zlib.error, TypeError, UnicodeEncodeError) as error:
        raise ValueError("not base64 of gzip") from error
    if not packed.eof:
        raise ValueError("gzip that ends too early or is too large")
    return loads(content)

"""A value -> YAML that our strict loader and other YAML readers read back as that value."""

from __future__ import annotations

import json
import re
from typing import Final

from fieldkeep.core.fields import scalars
from fieldkeep.model import Json

# Words that YAML 1.1 readers do not take for text.
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan"})
_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w ./()+$%*=;@^~-]*[\w./()+$%=;^~])?")
_PLAIN_IN_A_BLOCK: Final = re.compile(r"[^\W\d_](?:[\w ./()+$%*=;@^~,'!?&-]*[\w./()+$%=;^~!?'])?")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_EXPONENT: Final = re.compile(r"^(-?\d+)e")
_BYTE: Final = 0xFF
_SHORT: Final = 0xFFFF


def sayable(value: Json) -> bool:
    """Whether a field file can hold this value."""
    match value:
        case str():
            return not any("\ud800" <= char <= "\udfff" for char in value)  # half a surrogate pair
        case bool():
            return True
        case int():
            return abs(value) <= scalars.SAFE_INTEGER
        case list():
            return all(sayable(item) for item in value)
        case dict():
            return all(isinstance(k, str) and sayable(v) for k, v in value.items())
        case _:
            return value is not None


def one_line(value: Json, style: str = "", *, flow: bool = False) -> str:
    """The value on one line, in the quotes ``style`` of the value before it where they will do."""
    match value:
        case list():
            return f"[{', '.join(one_line(item, flow=True) for item in value)}]"
        case dict():
            parts = (
                f"{one_line(k, flow=True)}: {one_line(v, flow=True)}" for k, v in value.items()
            )
            return f"{{{', '.join(parts)}}}"
        case str():
            return _text(value, style, flow=flow)
        case float():
            return _EXPONENT.sub(r"\1.0e", json.dumps(value))  # 1e+22 is text in YAML 1.1
        case _:
            return json.dumps(value)


def _text(text: str, style: str, *, flow: bool) -> str:
    if not text.isprintable() or style == '"':
        return f'"{"".join(map(_escaped, text))}"'
    plain = (_PLAIN if flow else _PLAIN_IN_A_BLOCK).fullmatch(text)
    if style != "'" and plain and text.lower() not in _WORDS:
        return text
    return "'" + text.replace("'", "''") + "'"


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _SHORT else f"\\U{code:08x}"


def block(text: str, indent: int, newline: str) -> str | None:
    """A literal block, from its sign to the end of its last line. None for text that a plain
    literal block cannot hold: one that ends in empty lines, begins with a space or an empty line,
    has spaces at the end of a line or unprintable characters."""
    body = text.removesuffix("\n")
    lines = body.split("\n")
    if not body.strip() or body[0] in " \n" or body.endswith("\n"):
        return None
    if any(not line.isprintable() or line != line.rstrip() for line in lines):
        return None
    sign = "|" if text.endswith("\n") else "|-"
    pad = " " * indent
    return newline.join([sign, *(pad + line if line else "" for line in lines)])

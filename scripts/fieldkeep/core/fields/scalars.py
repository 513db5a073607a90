"""The value of a plain YAML scalar under the core schema of YAML 1.2.

``no`` is a string, ``010`` is ten and a date is text
(https://yaml.org/spec/1.2.2/#103-core-schema). Numbers that JSON cannot hold are refused.
"""

from __future__ import annotations

import re

from fieldkeep.model import Json

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_BEGIN_OF_NUMBERS = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST = 30  # Python itself refuses to read thousands of digits

# Programs that read JSON numbers as doubles (browsers do) change larger ones.
SAFE_INTEGER = 2**53 - 1


def resolve(text: str) -> Json:
    """The value of a plain scalar. Raises ValueError for a number that JSON readers would change
    or refuse."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in _BEGIN_OF_NUMBERS:
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a JSON number")
    if _INT.fullmatch(text) or _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return _integer(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise ValueError(f"{text} is not a JSON number")
        return number
    return text


def _integer(text: str) -> int:
    if len(text) > _LONGEST:
        raise ValueError(f"a number of {len(text)} digits does not fit JSON consumers")
    number = int(text) if _INT.fullmatch(text) else int(text, 0)
    if abs(number) > SAFE_INTEGER:
        raise ValueError(f"{text} is larger than 2^53 - 1, which JSON consumers would round")
    return number

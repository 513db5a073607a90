"""Explicit tags on scalars, as go-yaml v2 takes them (``resolve`` in
https://github.com/go-yaml/yaml/blob/v2/resolve.go).

``!!binary`` is decoded; the tags of the other types only say what the text must look like, and any
other tag makes a text of it.
"""

from __future__ import annotations

import base64
import binascii
import re
from decimal import Decimal
from typing import Final

_YAML: Final = "tag:yaml.org,2002:"
BINARY: Final = f"{_YAML}binary"
NULL: Final = f"{_YAML}null"
NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


def _forms(*words: str) -> frozenset[str]:
    return frozenset(form(word) for word in words for form in (str, str.title, str.upper))


TRUE: Final = _forms("y", "yes", "true", "on")
FALSE: Final = _forms("n", "no", "false", "off")
_BOOLS: Final = TRUE | FALSE
_INT: Final = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)")
_FLOAT: Final = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)"
    r"|\.(?:nan|NaN|NAN)"
)
_TIME: Final = re.compile(
    r"\d{4}-\d\d?-\d\d?(?:(?:[Tt]|[ \t]+)\d\d?:\d\d?:\d\d?(?:\.\d*)?[ \t]*(?:Z|[-+]\d\d?:\d\d)?)?"
)


def is_typed(tag: str) -> bool:
    """Whether the tag leaves a scalar to be read by its type, as if it had none."""
    return tag in _FORMS


def fits(tag: str, text: str) -> bool:
    """Whether go-yaml takes a text under an explicit tag."""
    if tag == BINARY:
        return decoded(text) is not None
    return tag not in _FORMS or _FORMS[tag](text)


def decoded(text: str) -> bytes | None:
    """What the text of a ``!!binary`` stands for; None if it is not base64."""
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_null(text: str) -> bool:
    return text in NULLS


def is_bool(text: str) -> bool:
    """Whether an unquoted scalar is a boolean."""
    return text in _BOOLS


def _is_int(text: str) -> bool:
    return _INT.fullmatch(text.replace("_", "")) is not None


def is_float(text: str) -> bool:
    """Whether an unquoted scalar is a number."""
    return _is_int(text) or _FLOAT.fullmatch(text.replace("_", "")) is not None


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None


_FORMS: Final = {
    NULL: _is_null,
    f"{_YAML}bool": is_bool,
    f"{_YAML}int": _is_int,
    f"{_YAML}float": is_float,
    f"{_YAML}timestamp": _is_time,
}


def typed_text(text: str) -> str | None:
    """A plain scalar as VictoriaMetrics prints the value that go-yaml types it as: ``1.10`` is
    ``1.1``, ``0777`` is ``511``, ``yes`` is ``true``; None for an integer over 64 bits."""
    digits = text.replace("_", "")
    if text in NULLS or _is_time(text):
        return text
    if text in _BOOLS:
        return "true" if text in TRUE else "false"
    if _INT.fullmatch(digits):
        number = _integer(digits)
        return str(number) if -(2**63) <= number < 2**63 else None
    if not _FLOAT.fullmatch(digits):
        return text
    special = {"inf": "+Inf", "nan": "NaN"}.get(digits.lstrip("+-.").lower())
    if special:
        return special.replace("+", "-") if digits.startswith("-") else special
    return _decimal(float(digits))


def _integer(digits: str) -> int:
    sign, number = (-1 if digits.startswith("-") else 1), digits.lstrip("+-").lower()
    if number.startswith("0") and number[1:].isdecimal():
        return sign * int(number, 8)
    return sign * int(number, 0)


def _decimal(number: float) -> str:
    """The shortest decimal of a number, without an exponent."""
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

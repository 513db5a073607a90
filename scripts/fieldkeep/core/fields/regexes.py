r"""The regex of ``validation``: JavaScript's, because the document's readers run JavaScript.

Readers are expected to compile it with the flag ``u``, which refuses what would silently mean
something else, and which ``\p{...}`` needs. What only the older syntax without the flag takes is
doubtful, not wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import jsonschema_rs
import regress

_OTHER_DIALECTS: Final = (
    (r"\(\?P[<=>]", r"JavaScript names a group (?<name>...), and \k<name> is what it matched"),
    (r"\(\?[a-zA-Z]+\)", "JavaScript has no flags for a whole regex: write [Aa] for both cases"),
    (r"\(\?#", "JavaScript has no comments in a regex: use a YAML comment"),
    (r"\(\?>|[*+?}]\+", "JavaScript has no atomic groups and possessive repeats: write it without"),
    (r"\\[AZz]", "JavaScript writes ^ and $ for the beginning and the end"),
    (r"\[:\^?\w+:\]", r"JavaScript has no POSIX classes: write \d, \p{L}, or the characters"),
    (r"\\x\{", r"JavaScript writes \u{...}"),
    (r"\{,\d", "JavaScript needs the smaller number too: {0,3}"),
    (r"\\[pP][^{]", r"JavaScript writes \p{L}, with braces"),
    (r"\\[pP]\{", r"JavaScript has general categories as \p{Lu}, and \p{Script=Greek}"),
    (r"\\[QEhHGKRX]", "JavaScript does not know this escape: write the characters"),
    (r"\\[^\w\s]", "write the character without the backslash"),
    (r"[\[\]{}]", "a bracket or brace that is meant as a character needs a backslash"),
)
_DEFAULT: Final = "in YAML, a regex is safest in single quotes"


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a text is no JavaScript regex: not at all, or only (``doubtful``) with the flag ``u``."""

    reason: str
    hint: str
    doubtful: bool = False


def misfit(pattern: str) -> Misfit | None:
    """None if JavaScript compiles the pattern with the flag ``u``."""
    reason = _error(pattern, "u")
    if reason is None:
        return None
    hints = (hint for foreign, hint in _OTHER_DIALECTS if re.search(foreign, pattern))
    return Misfit(reason, next(hints, _DEFAULT), doubtful=_error(pattern, "") is None)


def _error(pattern: str, flags: str) -> str | None:
    try:
        regress.Regex(pattern, flags)
    except (regress.RegressError, ValueError) as error:  # ValueError: half a surrogate pair
        text = str(error).rstrip(".")
        return text[:1].lower() + text[1:]
    return None


@lru_cache(maxsize=256)
def _searching(pattern: str) -> jsonschema_rs.Draft202012Validator | None:
    """The engine of ECMAScript patterns that runs in linear time; None for those that it lacks:
    look-around, back references."""
    try:
        return jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, ValueError):
        return None


def matches(pattern: str, text: str) -> bool | None:
    """Whether the pattern matches anywhere in the text; None if no engine that runs in linear time
    can tell."""
    engine = _searching(pattern)
    return None if engine is None else engine.is_valid(text)

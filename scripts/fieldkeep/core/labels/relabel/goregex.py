"""Go's regular expressions: RE2 through google-re2, and the templates of ``regexp.Expand``.

https://pkg.go.dev/regexp#Regexp.Expand: ``$name`` takes the longest run of letters, digits and
underscores, so ``$1_x`` is the group named ``1_x``; an unknown group is empty; ``$$`` is ``$``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))")
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # else RE2 prints the pattern, which may hold a secret, to stderr


@lru_cache(maxsize=4096)
def compiled(regex: str, dotall: bool = True) -> Any:
    """The regex as Prometheus compiles it: anchored, and since 3.0 ``.`` matches a line break.

    Raises:
        ValueError: not an RE2 regex. The message does not contain it, as it may hold a secret.
    """
    try:
        return re2.compile(f"^(?{'s' if dotall else ''}:{regex})$", options=_OPTIONS)
    except re2.error as error:
        raise ValueError("not an RE2 regex") from error


def is_regex(regex: str) -> bool:
    """Whether ``regex`` compiles."""
    try:
        compiled(regex)
    except ValueError:
        return False
    return True


def matches(regex: str, text: str, dotall: bool = True) -> bool:
    """Whether the whole of ``text`` matches."""
    return compiled(regex, dotall).match(text) is not None


@dataclass(frozen=True, slots=True)
class GroupRef:
    """A template's reference to a capture group, by number or name."""

    name: int | str


Template = tuple[str | GroupRef, ...]


@lru_cache(maxsize=4096)
def template(text: str) -> Template:
    """The parts of a template: literals and group references, without empty literals."""
    parts: list[str | GroupRef] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        dollar, braced, bare = match.groups()
        parts += [text[end : match.start()], dollar or GroupRef(_group_name(braced or bare))]
        end = match.end()
    return tuple(part for part in (*parts, text[end:]) if part != "")


def _group_name(name: str) -> int | str:
    """A number, or a name: Go reads ``01`` as a name, as numbers have no leading zero."""
    is_number = name.isascii() and name.isdecimal() and (name == "0" or name[0] != "0")
    return int(name) if is_number else name


def expand(text: str, match: Any) -> str:
    """The template ``text`` filled from a match. Unknown and unmatched groups are empty."""
    return "".join(
        part if isinstance(part, str) else group_text(match, part) for part in template(text)
    )


def group_text(match: Any, group: GroupRef) -> str:
    """The text that a group captured, or ''."""
    return match.group(group.name) or "" if has_group(match.re, group) else ""


def has_group(regex: Any, group: GroupRef) -> bool:
    """Whether a compiled regex has that group. Group 0 is the whole match."""
    if isinstance(group.name, str):
        return group.name in regex.groupindex
    return group.name <= int(regex.groups)

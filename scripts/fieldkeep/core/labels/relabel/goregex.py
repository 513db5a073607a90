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
    """The anchored regex as Prometheus compiles it: since 3.0 ``.`` matches a newline too.

    Raises:
        ValueError: RE2 refuses it. The message never holds the regex.
    """
    try:
        return re2.compile(f"^(?{'s' if dotall else ''}:{regex})$", options=_OPTIONS)
    except re2.error as error:
        raise ValueError("not an RE2 regex") from error


def is_regex(regex: str) -> bool:
    """Whether RE2 takes it."""
    try:
        compiled(regex)
    except ValueError:
        return False
    return True


def matches(regex: str, text: str, dotall: bool = True) -> bool:
    """Whether the whole of ``text`` matches."""
    return compiled(regex, dotall).match(text) is not None


@dataclass(frozen=True, slots=True)
class Group:
    """A reference to a capture group, by number or name."""

    name: int | str


Template = tuple[str | Group, ...]


@lru_cache(maxsize=4096)
def template(source: str) -> Template:
    """The literals and group references of a template, empty literals left out."""
    parts: list[str | Group] = []
    end = 0
    for found in _REFERENCE.finditer(source):
        dollar, braced, bare = found.groups()
        parts += [source[end : found.start()], dollar or Group(_group(braced or bare))]
        end = found.end()
    return tuple(part for part in (*parts, source[end:]) if part != "")


def _group(name: str) -> int | str:
    """Go reads ``01`` as a name: a number has no leading zero."""
    is_number = name.isascii() and name.isdecimal() and (name == "0" or name[0] != "0")
    return int(name) if is_number else name


def expand(source: str, match: Any) -> str:
    """The template filled from a match; a group that is unknown or took no part is empty."""
    return "".join(
        part if isinstance(part, str) else captured(match, part) for part in template(source)
    )


def captured(match: Any, group: Group) -> str:
    """What a group captured, or ''."""
    return match.group(group.name) or "" if has_group(match.re, group) else ""


def has_group(regex: Any, group: Group) -> bool:
    """Whether a compiled regex has that group; 0 is the whole match."""
    if isinstance(group.name, str):
        return group.name in regex.groupindex
    return group.name <= int(regex.groups)

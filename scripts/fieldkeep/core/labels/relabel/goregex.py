"""Go's regexes and templates, as Prometheus uses them, on google-re2.

Prometheus wraps a regex in ``^(?s:...)$`` and searches the text for the result. That is a match of
the whole text, except where the regex closes the wrapper's parenthesis: ``a)|(?:b`` also matches
``1b``. https://pkg.go.dev/regexp#Regexp.Expand: ``$name`` takes the longest run of letters, digits
and underscores, so ``$1_x`` is the group named ``1_x``; an unknown group is empty; ``$$`` is ``$``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine

_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))")
# The parts of a regex's syntax in which RE2 takes more than Go: \C, and names of groups. Quoted
# text, other escapes and classes are skipped.
_SYNTAX = re.compile(
    r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\((\?P?<)(\w+)>", re.DOTALL
)
_OPTIONS = re2.Options()
_OPTIONS.max_mem = 64 << 20  # the default refuses regexes that Go takes: \p{L}{1,447}
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


@lru_cache(maxsize=4096)
def _unanchored(regex: str) -> Any:
    """The regex of VictoriaMetrics' replace_all and labelmap_all: it matches parts of a text."""
    return re2.compile(regex, options=_OPTIONS)


def is_regex(regex: str, engine: Engine = DEFAULT_ENGINE) -> bool:
    """Whether an engine compiles ``regex``."""
    return _is_regex(regex, engine.angle_groups) and (not engine.whole_regexes or is_whole(regex))


@lru_cache(maxsize=4096)
def _is_regex(regex: str, angle_groups: bool) -> bool:
    try:
        compiled(regex)
    except ValueError:
        return False
    for part in _SYNTAX.finditer(regex):
        opened, name = part.groups()
        refused_name = name is not None and not name.isascii()
        if part[0] == r"\C" or refused_name or (opened == "?<" and not angle_groups):
            return False
    return True


@lru_cache(maxsize=4096)
def is_whole(regex: str) -> bool:
    """Whether every match is one of a whole text: the regex does not close its wrapper."""
    try:
        re2.compile(regex, options=_OPTIONS)
    except re2.error:
        return False
    return True


def search(regex: str, text: str, dotall: bool = True) -> Any:
    """The match that Prometheus finds in ``text``, or None."""
    return compiled(regex, dotall).search(text)


@lru_cache(maxsize=4096)
def matches(regex: str, text: str, dotall: bool = True) -> bool:
    """Whether Prometheus finds a match in ``text``."""
    return search(regex, text, dotall) is not None


def replace_all(
    regex: str, replacement: str, text: str, dotall: bool = True, *, anchored: bool = True
) -> str | None:
    """``text`` with the template ``replacement`` filled in for each match; None without a match.

    As Go's ReplaceAllString: an empty match next to the one before it does not count.
    """
    parts: list[str] = []
    end = -1
    searched = compiled(regex, dotall) if anchored else _unanchored(regex)
    for match in searched.finditer(text):
        if match.end() > end:
            parts += [text[max(end, 0) : match.start()], expand(replacement, match)]
            end = match.end()
    return None if end < 0 else "".join([*parts, text[end:]])


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


def literal(text: str) -> str:
    """The template ``text`` with every group empty."""
    return "".join(part for part in template(text) if isinstance(part, str))


def group_text(match: Any, group: GroupRef) -> str:
    """The text that a group captured, or ''."""
    return match.group(group.name) or "" if has_group(match.re, group) else ""


def has_group(regex: Any, group: GroupRef) -> bool:
    """Whether a compiled regex has that group. Group 0 is the whole match."""
    if isinstance(group.name, str):
        return group.name in regex.groupindex
    return group.name <= int(regex.groups)

"""Families of labels: sets of label names of which the configuration gives only the shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import re2

from fieldkeep.core.labels.relabel.goregex import (
    GroupRef,
    compiled,
    has_group,
    is_whole,
    matches,
    template,
)
from fieldkeep.core.labels.relabel.regex_syntax import all_strings, capture_group, parse

ANYTHING: Final = ".*"
RESERVED: Final = "__"
_PREFIX: Final = 64
_ALL_BYTES: Final = (b"", b"\xff")


@dataclass(frozen=True, slots=True)
class Family:
    """The names that match ``pattern`` and every regex of ``kept``, and none of ``dropped`` (all
    of them unanchored). ``label`` is what the configuration has in the place of a name: a
    template, or the field of the discovery. ``rules`` are the indexes of the rules that set the
    labels; it is empty if the discovery delivers them.
    """

    label: str
    pattern: str
    rules: frozenset[int] = frozenset()
    kept: tuple[str, ...] = ()
    dropped: frozenset[str] = frozenset()

    def admits(self, name: str) -> bool:
        """Whether the family may hold a label of that name."""
        return all(matches(regex, name) for regex in self._patterns) and not any(
            matches(regex, name) for regex in self.dropped
        )

    def may_match(self, regex: str) -> bool:
        """False only if no name of the family can match."""
        return all(_may_overlap(pattern, regex) for pattern in self._patterns)

    def names(self) -> frozenset[str] | None:
        """All names, if they are few; else None."""
        return all_strings(self.pattern)

    def labeldrop(self, regex: str) -> Family:
        """The family after a labeldrop."""
        return replace(self, dropped=self.dropped | {regex})

    def labelkeep(self, regex: str) -> Family:
        """The family after a labelkeep."""
        return replace(self, kept=(*self.kept, regex))

    @property
    def anchored(self) -> str:
        """One anchored RE2 regex that matches all names: the last of the family's patterns that
        always matches a whole name, as ``pattern`` does.

        As in Prometheus, a dot in it also matches a line break.
        """
        pattern = next(filter(is_whole, reversed(self._patterns)))
        return f"^{pattern}$" if len(parse(pattern) or ()) == 1 else f"^(?s:{pattern})$"

    @property
    def has_target_labels(self) -> bool:
        """Whether any name may remain on a target: labels in ``__`` are removed."""
        return not any(map(_is_reserved, self._patterns))

    @property
    def _patterns(self) -> tuple[str, ...]:
        return (self.pattern, *self.kept)


def expansion_pattern(regex: str, text: str) -> str:
    """A pattern (unanchored) that matches every expansion of the template ``text`` on a match."""
    parts = [
        re2.escape(part) if isinstance(part, str) else _group_pattern(regex, part)
        for part in template(text)
    ]
    pattern = "".join(parts)
    try:
        compiled(pattern)
    except ValueError:  # the same named group twice
        return ANYTHING
    return pattern


def mapped_names(regex: str, replacement: str) -> str:
    """A pattern (unanchored) that matches every name that a labelmap gives. What its regex does
    not match of a name, stays in it."""
    return expansion_pattern(regex, replacement) if is_whole(regex) else ANYTHING


def _group_pattern(regex: str, group: GroupRef) -> str:
    if not has_group(compiled(regex), group):
        return ""
    capture = capture_group(regex, group)
    if capture is None:
        return f"({ANYTHING})"
    return capture.text if capture.filled else f"{capture.text}?"


def _may_overlap(first: str, second: str) -> bool:
    """False only if no text matches both regexes: the ranges of their texts are disjoint."""
    low, high = _match_range(first)
    other_low, other_high = _match_range(second)
    return low <= other_high and other_low <= high


@lru_cache(maxsize=4096)
def _match_range(regex: str) -> tuple[bytes, bytes]:
    """The lowest and the highest text that can match, in byte order."""
    if not is_whole(regex):
        return _ALL_BYTES
    try:
        low, high = compiled(regex).possiblematchrange(_PREFIX)
    except re2.error:
        return _ALL_BYTES
    return low, high


def _is_reserved(pattern: str) -> bool:
    return all(end.startswith(RESERVED.encode()) for end in _match_range(pattern))

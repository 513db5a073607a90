"""Sets of label names of which the configuration tells only the shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import re2

from fieldkeep.core.labels.relabel.goregex import Group, compiled, has_group, matches, template
from fieldkeep.core.labels.relabel.regextree import capture, strings, tree

ANYTHING: Final = ".*"
RESERVED: Final = "__"
_PREFIX: Final = 64
_WIDEST: Final = (b"", b"\xff")


@dataclass(frozen=True, slots=True)
class Family:
    """Names that may be there: those that match ``pattern`` and every regex of ``within``, and
    none of ``without`` (none of them is anchored). ``written`` is what the configuration says
    where they come from, and ``rules`` the indexes of the rules that set them; without any, the
    discovery delivers them.
    """

    written: str
    pattern: str
    rules: frozenset[int] = frozenset()
    within: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()

    def admits(self, name: str) -> bool:
        """Whether a label of that name may belong to it."""
        return all(matches(regex, name) for regex in (self.pattern, *self.within)) and not any(
            matches(regex, name) for regex in self.without
        )

    def may_match(self, regex: str) -> bool:
        """False only if no name of the family can match."""
        return all(_overlap(own, regex) for own in (self.pattern, *self.within))

    def names(self) -> frozenset[str] | None:
        """All its names, if they are few."""
        return strings(self.pattern)

    def lacking(self, regex: str) -> Family:
        """What a labeldrop leaves."""
        return replace(self, without=self.without | {regex})

    def narrowed(self, regex: str) -> Family:
        """What a labelkeep leaves."""
        return replace(self, within=(*self.within, regex))

    @property
    def anchored(self) -> str:
        """One RE2 regex that matches all its names: the last that narrowed it down.

        As in Prometheus a dot in it means a newline too, should a name hold one.
        """
        pattern = (self.pattern, *self.within)[-1]
        return f"^{pattern}$" if len(tree(pattern) or ()) == 1 else f"^(?s:{pattern})$"

    @property
    def visible(self) -> bool:
        """Whether a target can show one of them: names in ``__`` vanish."""
        return not any(_reserved(pattern) for pattern in (self.pattern, *self.within))


def image(regex: str, written: str) -> str:
    """A pattern (not anchored) that every expansion of the template on a match matches."""
    parts = [
        re2.escape(part) if isinstance(part, str) else _captured_pattern(regex, part)
        for part in template(written)
    ]
    pattern = "".join(parts)
    try:
        compiled(pattern)
    except ValueError:  # the same named group twice
        return ANYTHING
    return pattern


def _captured_pattern(regex: str, group: Group) -> str:
    if not has_group(compiled(regex), group):
        return ""
    found = capture(regex, group)
    if found is None:
        return f"({ANYTHING})"
    return found.text if found.filled else f"{found.text}?"


def _overlap(one: str, other: str) -> bool:
    """False only if no text matches both: the ranges of their texts lie apart."""
    low, high = _range(one)
    other_low, other_high = _range(other)
    return low <= other_high and other_low <= high


@lru_cache(maxsize=4096)
def _range(regex: str) -> tuple[bytes, bytes]:
    """Bounds, in byte order, of the texts that can match."""
    try:
        low, high = compiled(regex).possiblematchrange(_PREFIX)
    except re2.error:
        return _WIDEST
    return low, high


def _reserved(pattern: str) -> bool:
    return all(end.startswith(RESERVED.encode()) for end in _range(pattern))

"""Who wins one attribute. The five rules of the merge are written here and nowhere else.

1. git says it: git's value.
2. git is silent but the base owned it (somebody removed the line): the default; but a live value
   that neither git nor we ever wrote is somebody's edit, and stays.
3. git is silent and live says it: live; after a recreation, the backup's value before live's.
4. git is silent, live says nothing, the backup does and git did not own it there: the backup's.
5. the default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fieldkeep.core.document.attributes import Said, same
from fieldkeep.model import Json, Place

Value = Json | Said


class Author(StrEnum):
    """Who said the value that won."""

    GIT = "git"
    LIVE = "live"
    BACKUP = "backup"
    PROMETHEUS = "prometheus"
    DEFAULT = "default"


class Drift(StrEnum):
    """How git, the base and live came apart (the first line is pending, the rest information)."""

    GIT_AHEAD = "git-ahead"
    LIVE_EDITED = "live-edited"
    BOTH = "both"
    RECREATED = "recreated"
    LIVE_LOST = "live-lost"
    MISSING = "missing"
    CORRUPT = "corrupt"

    ORPHAN = "orphan"
    UNMANAGED = "unmanaged"
    LIVE_CHANGED = "live-changed"
    LIVE_REMOVED = "live-removed"
    WRAPPED = "wrapped"
    NOT_EXTRACTED = "not-extracted"
    BOOKKEEPING = "bookkeeping"

    @property
    def pending(self) -> bool:
        return self in _PENDING


_PENDING = frozenset(
    {
        Drift.GIT_AHEAD,
        Drift.LIVE_EDITED,
        Drift.BOTH,
        Drift.RECREATED,
        Drift.LIVE_LOST,
        Drift.MISSING,
        Drift.CORRUPT,
    }
)


@dataclass(frozen=True, slots=True)
class Views:
    """What each side says of one unit: ``git`` (with its place), ``base`` (the value git set at
    the last apply; ``also`` those it set in applies that were cut off), ``live``, ``kept`` (the
    newest backup of ours) and the ``default``."""

    unit: str
    git: Value = Said.NOTHING
    place: Place | None = None
    base: Value = Said.NOTHING
    also: Sequence[Json] = ()
    live: Value = Said.NOTHING
    kept: Value = Said.NOTHING
    kept_by_git: bool = False
    default: Value = Said.NOTHING
    recreated: bool = False
    shown_by_git: Callable[[Value], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Decision:
    """The value of one unit, who said it, how the sides had drifted, and what lost."""

    unit: str
    value: Value
    author: Author
    drift: Drift | None = None
    place: Place | None = None
    lost: tuple[tuple[Author, Value], ...] = ()


def decide(views: Views) -> Decision:
    """Apply the five rules to one unit."""
    value, author, drift = _winner(views)
    others = ((Author.GIT, views.git), (Author.LIVE, views.live), (Author.BACKUP, views.kept))
    lost = tuple(
        (who, said)
        for who, said in others
        if who is not author and not isinstance(said, Said) and not same(views.unit, said, value)
    )
    return Decision(
        views.unit, value, author, drift, views.place if author is Author.GIT else None, lost
    )


def _winner(v: Views) -> tuple[Value, Author, Drift | None]:
    def equal(left: Value, right: Value) -> bool:
        return same(v.unit, left, right)

    def is_base(value: Value) -> bool:
        return any(said is not Said.NOTHING and equal(value, said) for said in (v.base, *v.also))

    if v.git is not Said.NOTHING:
        return v.git, Author.GIT, None if equal(v.git, v.live) else _overruled(v, is_base)
    if v.base is not Said.NOTHING or v.also:
        if v.live is Said.NOTHING or equal(v.live, v.default):
            return v.default, Author.DEFAULT, None
        if is_base(v.live) or v.shown_by_git(v.live):
            return v.default, Author.DEFAULT, Drift.GIT_AHEAD
        return v.live, Author.LIVE, Drift.BOTH
    keepable = Said.NOTHING if v.kept_by_git else v.kept
    if v.live is not Said.NOTHING:
        if v.recreated and keepable is not Said.NOTHING and not equal(v.live, keepable):
            return keepable, Author.BACKUP, Drift.RECREATED
        changed = v.kept is not Said.NOTHING and not equal(v.live, v.kept)
        return v.live, Author.LIVE, Drift.LIVE_CHANGED if changed else None
    if keepable is not Said.NOTHING:
        return keepable, Author.BACKUP, None
    return v.default, Author.DEFAULT, None


def _overruled(v: Views, is_base: Callable[[Value], bool]) -> Drift:
    """Git speaks and live says otherwise: who moved since the last apply?"""
    if v.recreated:
        return Drift.RECREATED
    unowned = v.base is Said.NOTHING and not v.also
    if unowned or is_base(v.live):
        return Drift.GIT_AHEAD
    return Drift.LIVE_EDITED if is_base(v.git) else Drift.BOTH

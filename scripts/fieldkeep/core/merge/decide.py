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

from fieldkeep.core.document.attributes import NoValue, same
from fieldkeep.model import Json, Place

Value = Json | NoValue


class ValueOrigin(StrEnum):
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
class AttributeInputs:
    """What each side says of one attribute: ``git`` (with its place), ``base`` (what git set at the
    last apply), ``unconfirmed_bases`` (what it set in applies that were interrupted), ``live``,
    ``kept`` (our newest backup) and the ``default``."""

    unit: str
    git: Value = NoValue.NOTHING
    place: Place | None = None
    base: Value = NoValue.NOTHING
    unconfirmed_bases: Sequence[Json] = ()
    live: Value = NoValue.NOTHING
    kept: Value = NoValue.NOTHING
    kept_by_git: bool = False
    default: Value = NoValue.NOTHING
    recreated: bool = False
    shown_by_git: Callable[[Value], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Decision:
    """The value of one unit, who said it, how the sides had drifted, and what lost."""

    unit: str
    value: Value
    origin: ValueOrigin
    drift: Drift | None = None
    place: Place | None = None
    lost: tuple[tuple[ValueOrigin, Value], ...] = ()


def decide(views: AttributeInputs) -> Decision:
    """Apply the five rules to one unit."""
    value, origin, drift = _winner(views)
    others = (
        (ValueOrigin.GIT, views.git),
        (ValueOrigin.LIVE, views.live),
        (ValueOrigin.BACKUP, views.kept),
    )
    lost = tuple(
        (who, said)
        for who, said in others
        if who is not origin and not isinstance(said, NoValue) and not same(views.unit, said, value)
    )
    return Decision(
        views.unit, value, origin, drift, views.place if origin is ValueOrigin.GIT else None, lost
    )


def _winner(v: AttributeInputs) -> tuple[Value, ValueOrigin, Drift | None]:
    def equal(left: Value, right: Value) -> bool:
        return same(v.unit, left, right)

    def is_base(value: Value) -> bool:
        return any(
            said is not NoValue.NOTHING and equal(value, said)
            for said in (v.base, *v.unconfirmed_bases)
        )

    if v.git is not NoValue.NOTHING:
        return v.git, ValueOrigin.GIT, None if equal(v.git, v.live) else _overruled(v, is_base)
    if v.base is not NoValue.NOTHING or v.unconfirmed_bases:
        if v.live is NoValue.NOTHING or equal(v.live, v.default):
            return v.default, ValueOrigin.DEFAULT, None
        if is_base(v.live) or v.shown_by_git(v.live):
            return v.default, ValueOrigin.DEFAULT, Drift.GIT_AHEAD
        return v.live, ValueOrigin.LIVE, Drift.BOTH
    keepable = NoValue.NOTHING if v.kept_by_git else v.kept
    if v.live is not NoValue.NOTHING:
        if v.recreated and keepable is not NoValue.NOTHING and not equal(v.live, keepable):
            return keepable, ValueOrigin.BACKUP, Drift.RECREATED
        changed = v.kept is not NoValue.NOTHING and not equal(v.live, v.kept)
        return v.live, ValueOrigin.LIVE, Drift.LIVE_CHANGED if changed else None
    if keepable is not NoValue.NOTHING:
        return keepable, ValueOrigin.BACKUP, None
    return v.default, ValueOrigin.DEFAULT, None


def _overruled(v: AttributeInputs, is_base: Callable[[Value], bool]) -> Drift:
    """Git speaks and live says otherwise: who moved since the last apply?"""
    if v.recreated:
        return Drift.RECREATED
    unowned = v.base is NoValue.NOTHING and not v.unconfirmed_bases
    if unowned or is_base(v.live):
        return Drift.GIT_AHEAD
    return Drift.LIVE_EDITED if is_base(v.git) else Drift.BOTH

"""Decides which side wins one attribute. The five rules of the merge are written only here.

1. git sets it: git's value. What git never set here, live does not have, and the document says
   the same in the other place that git sets with it (a validation's regex) stays unset.
2. git is silent but the base owned it (the line was removed): the default. A live value that
   neither git nor we ever wrote is an edit made since, and stays.
3. git is silent and live has it: live; after a recreation, the backup's value before live's.
4. git is silent, live lacks it, the backup has it and git did not own it there: the backup's.
5. the default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieldkeep.core.document.attributes import EntryPath, NoValue, same
from fieldkeep.core.merge.outcome import Drift, ValueOrigin
from fieldkeep.model import Json

Value = Json | NoValue


@dataclass(frozen=True, slots=True)
class AttributeInputs:
    """The values of one attribute on each side: ``git`` (set by ``entry`` of the file), ``base``
    (set by git at the last apply), ``unconfirmed_bases`` (set by git in interrupted applies),
    ``live``, ``backup`` (our newest one; ``git_owned_backup``: git had set the value there) and
    ``default``.
    ``live_elsewhere`` is live's value of the other attribute that the same entry of a field file
    sets. ``was_reset``: an application reset the live value by itself; ``backup`` is then the
    newest value that no reset left. ``was_set_by_git`` tells whether any backup shows a value as
    one that git had set."""

    attribute: str
    git: Value = NoValue.NOT_MENTIONED
    entry: EntryPath | None = None
    base: Value = NoValue.NOT_MENTIONED
    unconfirmed_bases: Sequence[Json] = ()
    live: Value = NoValue.NOT_MENTIONED
    backup: Value = NoValue.NOT_MENTIONED
    git_owned_backup: bool = False
    default: Value = NoValue.NOT_MENTIONED
    live_elsewhere: Value = NoValue.NOT_MENTIONED
    recreated: bool = False
    was_reset: bool = False
    was_set_by_git: Callable[[Value], bool] = lambda _: False


@dataclass(frozen=True, slots=True)
class Decision:
    """The value that one attribute gets, its origin, the drift found, and the differing values of
    the other sides (``overruled``). ``entry`` is set only where git won."""

    attribute: str
    value: Value
    origin: ValueOrigin
    drift: Drift | None = None
    entry: EntryPath | None = None
    overruled: tuple[tuple[ValueOrigin, Value], ...] = ()


def decide(inputs: AttributeInputs) -> Decision:
    """Apply the five rules to one attribute."""
    if _is_said_elsewhere(inputs):
        return Decision(inputs.attribute, inputs.live, ValueOrigin.LIVE)
    winner, origin, drift = _winner(inputs)
    sides = (
        (ValueOrigin.GIT, inputs.git),
        (ValueOrigin.LIVE, inputs.live),
        (ValueOrigin.BACKUP, inputs.backup),
    )
    overruled = tuple(
        (side, value)
        for side, value in sides
        if side is not origin
        and not isinstance(value, NoValue)
        and not same(inputs.attribute, value, winner)
    )
    entry = inputs.entry if origin is ValueOrigin.GIT else None
    return Decision(inputs.attribute, winner, origin, drift, entry, overruled)


def _is_said_elsewhere(i: AttributeInputs) -> bool:
    unowned = i.base is NoValue.NOT_MENTIONED and not i.unconfirmed_bases
    absent = isinstance(i.live, NoValue) or i.live is None
    mentioned = not isinstance(i.git, NoValue) and not isinstance(i.live_elsewhere, NoValue)
    return unowned and absent and mentioned and same(i.attribute, i.git, i.live_elsewhere)


def _winner(i: AttributeInputs) -> tuple[Value, ValueOrigin, Drift | None]:
    def equal(left: Value, right: Value) -> bool:
        return same(i.attribute, left, right)

    def is_base(value: Value) -> bool:
        return any(
            base is not NoValue.NOT_MENTIONED and equal(value, base)
            for base in (i.base, *i.unconfirmed_bases)
        )

    if i.git is not NoValue.NOT_MENTIONED:
        return i.git, ValueOrigin.GIT, None if equal(i.git, i.live) else _drift_from_git(i, is_base)
    if i.base is not NoValue.NOT_MENTIONED or i.unconfirmed_bases:
        if i.live is NoValue.NOT_MENTIONED or equal(i.live, i.default):
            return i.default, ValueOrigin.DEFAULT, None
        if is_base(i.live) or i.was_set_by_git(i.live):
            return i.default, ValueOrigin.DEFAULT, Drift.GIT_AHEAD
        return i.live, ValueOrigin.LIVE, Drift.BOTH
    usable_backup = NoValue.NOT_MENTIONED if i.git_owned_backup else i.backup
    if i.live is not NoValue.NOT_MENTIONED:
        has_backup = usable_backup is not NoValue.NOT_MENTIONED
        if _lost(i) and has_backup and not equal(i.live, usable_backup):
            return usable_backup, ValueOrigin.BACKUP, _lost(i)
        changed = i.backup is not NoValue.NOT_MENTIONED and not equal(i.live, i.backup)
        return i.live, ValueOrigin.LIVE, Drift.LIVE_CHANGED if changed else None
    if usable_backup is not NoValue.NOT_MENTIONED:
        return usable_backup, ValueOrigin.BACKUP, None
    return i.default, ValueOrigin.DEFAULT, None


def _lost(i: AttributeInputs) -> Drift | None:
    """The drift of a live value that replaced people's without being an edit of theirs."""
    if i.recreated:
        return Drift.RECREATED
    return Drift.MACHINE_RESET if i.was_reset else None


def _drift_from_git(i: AttributeInputs, is_base: Callable[[Value], bool]) -> Drift:
    """Git and live differ: which of them changed since the last apply?"""
    if lost := _lost(i):
        return lost
    unowned = i.base is NoValue.NOT_MENTIONED and not i.unconfirmed_bases
    if unowned or is_base(i.live):
        return Drift.GIT_AHEAD
    return Drift.LIVE_EDITED if is_base(i.git) else Drift.BOTH

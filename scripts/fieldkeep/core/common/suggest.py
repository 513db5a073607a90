"""Hints for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

FEW: Final = 8
"""So many choices are named in a hint."""
_NEAR: Final = 0.75  # of two words must agree: ``user`` is not ``server``
_NEAR_IF_SHORT: Final = 0.66  # one letter of three may differ
_SHORT: Final = 3


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that ``word`` probably stands for, ignoring case: the only one that begins with
    it, or the most similar one. None if none is near."""
    from difflib import get_close_matches

    folded = {choice.lower(): choice for choice in sorted(choices)}
    typed = word.lower()
    begun = [choice for choice in folded if choice.startswith(typed)]
    if len(begun) == 1 and len(typed) >= _SHORT:
        return folded[begun[0]]
    cutoff = _NEAR if len(typed) > _SHORT else _NEAR_IF_SHORT
    matches = get_close_matches(typed, folded, n=1, cutoff=cutoff)
    return folded[matches[0]] if matches else None


def did_you_mean(word: str, choices: Iterable[str], otherwise: str) -> str:
    """``did you mean 'X'?`` for the choice that is near, else all of them if they are few, else the
    hint ``otherwise``."""
    choices = list(choices)
    if choice := closest(word, choices):
        return f"did you mean '{choice}'?"
    return f"one of: {', '.join(choices)}" if 0 < len(choices) <= FEW else otherwise

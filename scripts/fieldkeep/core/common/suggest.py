"""Hints for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most similar to ``word``, ignoring case, or None if none is similar."""
    from difflib import get_close_matches

    folded = {choice.lower(): choice for choice in sorted(choices)}
    matches = get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def did_you_mean(word: str, choices: Iterable[str], otherwise: str) -> str:
    """``did you mean 'X'?`` for the closest choice, else the hint ``otherwise``."""
    choice = closest(word, choices)
    return otherwise if choice is None else f"did you mean '{choice}'?"

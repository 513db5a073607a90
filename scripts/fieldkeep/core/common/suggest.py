"""Did-you-mean, said the same way everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that ``word`` was probably meant to be, or None. Case does not matter."""
    folded = {choice.lower(): choice for choice in sorted(choices)}
    found = get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str], otherwise: str) -> str:
    """A hint: the closest choice, else the sentence ``otherwise``."""
    known = list(choices)
    match closest(word, known):
        case None:
            return otherwise
        case found:
            return f"did you mean '{found}'?"

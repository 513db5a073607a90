"""How messages write counts, long texts and long lists."""

from __future__ import annotations

from collections.abc import Sequence


def number(count: int, noun: str) -> str:
    """``1 field``, ``2 fields``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shortened(text: str, longest: int) -> str:
    """At most ``longest`` characters; the last is an ellipsis if some are missing."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def first_few(texts: Sequence[str], most: int = 5, separator: str = ", ") -> str:
    """``a, b, c``; dots stand for those beyond the first ``most``."""
    dots = [] if len(texts) <= most else ["..."]
    return separator.join([*texts[:most], *dots])


def numbers_there_are(count: int) -> str:
    """What a wrong number among ``count`` is answered with."""
    match count:
        case 0:
            return "there is none"
        case 1:
            return "there is only number 0"
    return f"they go from 0, the newest, to {count - 1}"

"""How messages write counts and long texts."""


def number(count: int, noun: str) -> str:
    """``1 field``, ``2 fields``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shortened(text: str, longest: int) -> str:
    """At most ``longest`` characters; the last is an ellipsis if some are missing."""
    return text if len(text) <= longest else text[: longest - 1] + "…"

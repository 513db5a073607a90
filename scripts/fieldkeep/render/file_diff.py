"""How a file changes, as `git diff` shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff
from typing import Final

from fieldkeep.model import Source
from fieldkeep.render.screen import Line, Style

_STYLES: Final = {"+": Style.CREATE, "-": Style.DELETE, "@": Style.MUTED}


def lines(before: Source | None, after: Source) -> Iterable[Line]:
    """``before`` is None for a new file."""
    for text in _unified(before, after):
        heading = text.startswith(("+++ ", "--- "))
        style = Style.HEADING if heading else _STYLES.get(text[:1])
        yield Line(((text, style) if style else text,), verbatim=True)


def _unified(before: Source | None, after: Source) -> Iterator[str]:
    old, path = _lines(before.content) if before else [], after.path
    if before and before.path != path and before.content == after.content:
        yield f"rename from {before.path}"
        yield f"rename to {path}"
    names = (f"a/{before.path}" if before else "/dev/null", f"b/{path}")
    for number, text in enumerate(unified_diff(old, _lines(after.content), *names)):
        body = text.removesuffix("\n")
        yield body.removesuffix("\r")
        is_heading = number < 2  # noqa: PLR2004 - the names of the two files
        if body == text and text[0] in "+- " and not is_heading:
            yield "\\ No newline at end of file"


def _lines(content: bytes) -> list[str]:
    """Split at line feeds only: other breaks are shown as what they are."""
    texts = content.decode("utf-8", "backslashreplace").split("\n")
    return [f"{text}\n" for text in texts[:-1]] + ([texts[-1]] if texts[-1] else [])

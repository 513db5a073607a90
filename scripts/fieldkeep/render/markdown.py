"""GitHub-flavoured Markdown in which other people's text is text: no mention, link, tag or table
cell of its own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from fieldkeep.render.words import printable

_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~@:/&$])")


def inline(text: str) -> str:
    """Text in which every character that could begin something is escaped."""
    return _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", printable(text))


def code(text: str) -> str:
    """A code span: nothing inside it acts, and it cannot be closed from within."""
    if not text:
        return ""
    return f"<code>{inline(text)}</code>"


def block(text: str) -> str:
    """Lines as they are, in a fixed pitch. GitHub reads no Markdown inside of ``<pre>``, which is
    why only HTML has to be escaped."""
    lines = (html.escape(printable(line)) for line in text.splitlines())
    return "\n".join(["<pre>", *lines, "</pre>"])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(code(cell) for cell in row) + " |"

"""Reports for GitHub in which other people's text is text: no mention, link, tag, cell of its own.

All of it is written in HTML blocks, which end at an empty line and in which no Markdown is read:
GitHub finds addresses in the text of a Markdown line even where every character of them is escaped.
Other people's text stands in ``<code>``, where GitHub looks for neither mentions nor references.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.words import number, shortened
from fieldkeep.render.words import printable

COMMENT_BYTES: Final = 60_000  # GitHub takes 65,536 characters
SUMMARY_BYTES: Final = 1024 * 1024  # of all steps of a job together
_ACTIVE: Final = re.compile(r"[\\`*\[\]#|<>~@:&$\"]")
_LONGEST: Final = 1000


def code(text: str, longest: int = _LONGEST) -> str:
    """Other people's text. Markdown is escaped even here, so that a part that is copied elsewhere
    stays plain text."""
    if not text:
        return ""
    return f"<code>{_escaped(printable(shortened(text, longest)))}</code>"


def block(text: str) -> str:
    """Lines as they are, in a fixed pitch. Only HTML is escaped: GitHub reads no Markdown inside of
    ``<pre>``."""
    lines = (html.escape(printable(line)) for line in text.splitlines())
    return "\n".join(["<pre>", *lines, "</pre>"])


def link(url: str, text: str) -> str:
    """A link; neither the address nor ``text`` may come from other people."""
    return f'<a href="{_escaped(url)}">{text}</a>' if url else text


def _escaped(text: str) -> str:
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", text)


@dataclass(frozen=True, slots=True)
class Rows:
    """A block whose last rows may be left out; ``more`` is the start and the end of the line that
    says so. Rows of the highest ``rank`` are left out first."""

    head: str
    rows: tuple[str, ...]
    foot: str
    more: tuple[str, str]
    rank: int = 0


Block = str | Rows


def table(head: Sequence[str], rows: Iterable[Sequence[str]], rank: int = 0) -> Rows:
    """``rows`` are other people's text, ``head`` is ours."""
    titles = "".join(f"<th>{title}</th>" for title in head)
    return Rows(
        f"<table>\n<tr>{titles}</tr>",
        tuple(f"<tr>{''.join(f'<td>{code(cell)}</td>' for cell in row)}</tr>" for row in rows),
        "</table>",
        (f'<tr><td colspan="{len(head)}">', "</td></tr>"),
        rank,
    )


def bullets(title: str, rows: Iterable[str], rank: int = 0) -> Rows:
    """A list under a title; the rows are Markdown already."""
    items = tuple(f"<li>{row}</li>" for row in rows)
    return Rows(f"<p><b>{title}</b></p>\n<ul>", items, "</ul>", ("<li>", "</li>"), rank)


def folded(title: str, rows: Iterable[str], rank: int = 0) -> Rows:
    """The same, folded until a reader opens it."""
    items = tuple(f"<li>{row}</li>" for row in rows)
    head = f"<details><summary>{title} ({len(items)})</summary>\n<ul>"
    return Rows(head, items, "</ul>\n</details>", ("<li>", "</li>"), rank)


def paragraph(text: str) -> str:
    return f"<p>{text}</p>"


def fit(blocks: Sequence[Block], limit: int, where: str) -> str:
    """The blocks in order, in at most ``limit`` bytes if the text outside of rows fits. Rows at the
    end of a block are left out, the highest ranks first; ``where`` names the place of the whole. A
    list without rows is left out."""
    blocks = [block for block in blocks if not isinstance(block, Rows) or block.rows]
    full = [len(block.rows) if isinstance(block, Rows) else 0 for block in blocks]
    whole = _written(blocks, full, where)
    if _size(whole) <= limit:
        return whole
    # reserve the line that says "more rows" in every list before any row
    shown = [0] * len(blocks)
    budget = limit - _size(_written(blocks, shown, where))
    for rank in sorted({block.rank for block in blocks if isinstance(block, Rows)}):
        open_ = [i for i, b in enumerate(blocks) if isinstance(b, Rows) and b.rank == rank]
        while open_:  # in turn, so that the first list does not use up the budget
            for index in tuple(open_):
                block = blocks[index]
                assert isinstance(block, Rows)
                count = shown[index]
                if count == len(block.rows) or (cost := _size(block.rows[count]) + 1) > budget:
                    open_.remove(index)
                    continue
                shown[index] += 1
                budget -= cost
    return _written(blocks, shown, where)


def _written(blocks: Sequence[Block], shown: Sequence[int], where: str) -> str:
    parts = []
    for block, count in zip(blocks, shown, strict=True):
        if isinstance(block, str):
            parts.append(block)
            continue
        missing = len(block.rows) - count
        begin, end = block.more
        more = [f"{begin}… and {number(missing, 'more row')}: see {where}{end}"] if missing else []
        parts.append("\n".join([block.head, *block.rows[:count], *more, block.foot]))
    return "\n\n".join(parts) + "\n"


def _size(text: str) -> int:
    """Bytes, which are never fewer than the characters that GitHub counts."""
    return len(text.encode())

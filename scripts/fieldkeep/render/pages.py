"""Pages of the documentation, for a terminal."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import ClassVar, Final

from fieldkeep.render.screen import Screen, Style, draw, draw_rich, line

WIDEST: Final = 100  # columns; longer lines are hard to read
_LINK: Final = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)")


def listed(topics: Mapping[str, str], screen: Screen) -> str:
    """The pages and what each is about; then how to show one."""
    width = max(map(len, topics)) + 2
    lines = [
        line((f"{topic:<{width}}", Style.NAME), about, indent=width)
        for topic, about in topics.items()
    ]
    return draw(screen, [*lines, line(), line("`fieldkeep help TOPIC` shows a page.")])


def with_ways_to_links(page: str, topics: Container[str], repository: str) -> str:
    """The page with links that lead somewhere from here too: to another page by the command that
    shows it, to anything else in the ``repository`` by its address."""

    def replaced(link: re.Match[str]) -> str:
        text, target = link.groups()
        topic = target.removesuffix(".md")
        if not target:
            return text
        if topic in topics:
            return f"{text} (`fieldkeep help {topic}`)"
        return f"{text} ({repository}/blob/main/{posixpath.normpath(f'docs/{target}')})"

    return _LINK.sub(replaced, page)


def formatted(page: str, screen: Screen) -> str:
    """The page as a terminal shows it."""
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.markdown import Markdown, TableElement
    from rich.table import Table

    class WholeTable(TableElement):
        """A table that breaks what is too long for its column, where rich leaves the rest out."""

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for table in super().__rich_console__(console, options):
                assert isinstance(table, Table)
                for column in table.columns:
                    column.overflow = "fold"
                yield table

    class Page(Markdown):
        elements: ClassVar = {**Markdown.elements, "table_open": WholeTable}

    narrow = replace(screen, width=min(screen.width or WIDEST, WIDEST))
    return draw_rich(narrow, Page(page, hyperlinks=False)) + "\n"

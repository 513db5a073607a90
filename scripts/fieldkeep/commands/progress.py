"""The lines on stderr that say what each step of an operation did, and what takes so long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

import click

from fieldkeep.commands.live_line import LiveLine
from fieldkeep.render.screen import Screen, Style, draw, line
from fieldkeep.render.words import printable

if TYPE_CHECKING:
    from fieldkeep.operations.events import Event


class Progress:
    """Prints events, each line with the time since the one before. A terminal, which has a width,
    gets those too that only a person who waits wants to see, and below them a live line. Of a
    ``question``, the name of a command that only answers, it gets no line of what went as usual."""

    def __init__(self, screen: Screen, *, quiet: bool, question: str = "") -> None:
        self.screen, self.quiet = screen, quiet
        self.question = question if screen.width else ""
        self.live = LiveLine(screen) if screen.width and not quiet else None
        self.last = time.monotonic()
        self._lock = RLock()  # sources are read, and stores waited for, in threads of their own

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Say so, if the body takes a while."""
        if self.live is None:
            yield
            return
        with self.live.saying(what):
            yield

    def event(self, event: Event) -> None:
        from fieldkeep.operations.source_events import SourceRead

        if isinstance(event, SourceRead) and not self.screen.width:
            return
        from fieldkeep.commands.event_lines import is_usual, lines
        from fieldkeep.edges.store.kv import StillWaiting, WaitOver
        from fieldkeep.operations.events import NotNotified

        told = [] if self.question and is_usual(event, self.question) else lines(event)
        if isinstance(event, NotNotified):  # however quiet: nothing else tells of it
            for text in told:
                click.echo(printable(text), err=True)
            return
        for text in told:
            self.line(text, timed=not isinstance(event, SourceRead))  # which has its own time
        match event:
            case StillWaiting(url) if self.live:
                self.live.waits(f"waiting for {url}")
            case WaitOver() if self.live:
                self.live.waits(None)

    def line(self, text: str, *, timed: bool = True) -> None:
        if self.quiet:
            return
        with self._lock:
            now = time.monotonic()
            took = (f" ({(now - self.last) * 1000:.0f} ms)", Style.MUTED)
            shown = draw(self.screen, [line(text, took) if timed else line(text)])
            if self.live:
                self.live.above(shown)
            else:
                click.echo(shown, err=True)
            self.last = now

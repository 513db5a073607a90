"""The lines on stderr that say what each step of an operation did."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from fieldkeep.render.words import printable

if TYPE_CHECKING:
    from fieldkeep.operations.events import Event


class Progress:
    """Prints events, each line with the time since the one before. ``on_terminal`` adds those that
    only a person who waits wants to see."""

    def __init__(self, *, quiet: bool, on_terminal: bool) -> None:
        self.quiet, self.on_terminal = quiet, on_terminal
        self.last = time.monotonic()

    def event(self, event: Event) -> None:
        from fieldkeep.operations.source_events import SourceRead

        if isinstance(event, SourceRead) and not self.on_terminal:
            return
        from fieldkeep.commands.event_lines import lines
        from fieldkeep.operations.events import NotNotified

        if isinstance(event, NotNotified):  # however quiet: nothing else tells of it
            for line in lines(event):
                click.echo(printable(line), err=True)
        else:
            for line in lines(event):
                self.line(line)

    def line(self, text: str) -> None:
        if self.quiet:
            return
        now = time.monotonic()
        click.echo(f"{printable(text)} ({(now - self.last) * 1000:.0f} ms)", err=True)
        self.last = now

"""Notes and warnings beside what a command says. Some come from the edges: of a secret that is
sent, for example."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import click


class _OnStderr(logging.Handler):
    """Prints each warning once, however quiet the command is to be."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._printed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message not in self._printed:
            self._printed.add(message)
            tell("note", message)


def tell(kind: str, message: str) -> None:
    """A line on stderr: a ``note`` or a ``warning``."""
    from fieldkeep.commands import screens
    from fieldkeep.render.screen import Style, draw, line

    style = Style.WARNING if kind == "warning" else Style.HEADING
    click.echo(draw(screens.stderr(), [line((f"{kind}: ", style), message)]), err=True)


@contextmanager
def on_stderr() -> Iterator[None]:
    """Print notes while a command runs."""
    notes = _OnStderr()
    logging.getLogger("fieldkeep").addHandler(notes)
    try:
        yield
    finally:
        logging.getLogger("fieldkeep").removeHandler(notes)

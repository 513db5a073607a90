"""A line at the bottom of a terminal that moves while something takes more than a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock, Timer
from typing import TYPE_CHECKING, Final

import click

from fieldkeep.render.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

QUIET_SECONDS: Final = 1.0


class LiveLine:
    """Says on stderr what is being done and for how long. What waits inside of it, a store, is said
    instead. It is gone before anything else is printed."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._doing: tuple[str, float] | None = None
        self._waits: tuple[str, float] | None = None
        self._timer: Timer | None = None
        self._shown: Progress | None = None
        self._lock = RLock()

    @contextmanager
    def saying(self, what: str) -> Iterator[None]:
        with self._lock:
            self._doing = (what, time.monotonic())
            self._renew()
        try:
            yield
        finally:
            with self._lock:
                self._doing = None
                self._renew()

    def waits(self, what: str | None) -> None:
        """Something has let us wait, or does no longer."""
        with self._lock:
            self._waits = None if what is None else (what, time.monotonic() - QUIET_SECONDS)
            self._renew()

    def above(self, text: str) -> None:
        with self._lock:
            self._hide()
            click.echo(text, err=True)
            self._renew()

    def _renew(self) -> None:
        self._hide()
        current = self._waits or self._doing
        if current:
            what, since = current
            delay = max(0.0, since + QUIET_SECONDS - time.monotonic())
            timer = Timer(delay, lambda: self._show(timer, what, since))
            timer.daemon = True  # never keeps the program from ending
            self._timer = timer
            timer.start()

    def _hide(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._shown:
            self._shown.stop()
            self._shown = None

    def _show(self, timer: Timer, what: str, since: float) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        with self._lock:
            if timer is not self._timer:
                return  # it came too late
            shown = Progress(
                SpinnerColumn("dots" if self._screen.unicode else "line"),
                TextColumn("{task.description}", markup=False),
                TimeElapsedColumn(),
                console=_console(self._screen),
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                get_time=time.monotonic,
            )
            shown.start()
            task = shown.add_task(what)
            shown.tasks[0].start_time = since
            shown.update(task, refresh=True)
            self._shown = shown


def _console(screen: Screen) -> Console:
    """Of stderr. A program that is killed leaves the terminal its cursor."""
    from rich.console import Console

    class WithCursor(Console):
        def show_cursor(self, show: bool = True) -> bool:
            return show

    return WithCursor(stderr=True, no_color=not screen.color)

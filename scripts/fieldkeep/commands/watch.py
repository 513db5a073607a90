"""`fieldkeep watch`."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from types import FrameType

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.evaluation import writer_of
from fieldkeep.commands.options import Choice
from fieldkeep.commands.progress import Progress
from fieldkeep.commands.stored import connect
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.watch.events import WatchEvent
from fieldkeep.core.watch.machine import Heal, Policy
from fieldkeep.edges.pages import Page, served
from fieldkeep.errors import UsageError
from fieldkeep.operations.passes import Following
from fieldkeep.operations.project import Project
from fieldkeep.operations.watch import Stop, Stopped, Watcher, WatchOptions
from fieldkeep.render.screen import PIPE
from fieldkeep.render.watching import lines
from fieldkeep.render.words import printable


class OnSignal(Stop):
    """Stops at SIGTERM: in a wait at once, else when what is being written is written."""

    def __init__(self) -> None:
        self._asked = self._interruptible = False
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True
        if self._interruptible:
            raise Stopped

    @contextmanager
    def waiting(self) -> Iterator[None]:
        self._interruptible = True
        try:
            if self._asked:
                raise Stopped
            yield
        finally:
            self._interruptible = False

    def rest(self, seconds: float) -> None:
        time.sleep(seconds)


@click.command("watch")
@click.option(
    "--heal",
    type=Choice([Heal.ALL, Heal.MISSING]),
    is_flag=False,
    flag_value=Heal.ALL,
    default=None,
    metavar="[all|missing]",
    help="Put back what git says; with `missing`, only a document that is gone or unreadable.",
)
@click.option("--ref", metavar="REV", help="The commits to follow.  [default: HEAD]")
@click.option("--fetch", is_flag=True, help="Fetch from origin before each pass over git.")
@click.option(
    "--apply-new", is_flag=True, help="Apply a commit that is newer than the applied one."
)
@click.option(
    "--interval",
    type=click.IntRange(1, 86_400),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="Seconds from one look at git and the sources to the next.",
)
@click.option(
    "--backup-dir",
    "copies",
    metavar="DIR",
    help="Keep a copy of each state in DIR.",
    shell_complete=values.folders,
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Serve /metrics and /healthz here, for example at 127.0.0.1:9469.",
)
@takes_project
def command(
    project: Project,
    /,
    heal: Heal | None,
    ref: str | None,
    fetch: bool,
    apply_new: bool,
    interval: int,
    copies: str | None,
    listen: str | None,
) -> int:
    """Back up each edit as it is made, until stopped; with --heal, put back what git says.

    An edit is in a backup within a second. With --heal, an erased, foreign or damaged document
    comes back from the newest backup, git and the labels, and so does what people changed of what
    git sets, with the guards and holds of a sync, at the commit that was applied last.

    SIGTERM ends it with exit code 0, after the write in progress.
    """
    if apply_new and heal is not Heal.ALL:
        raise UsageError("--apply-new applies, and only --heal may", "add --heal")
    if project.checkout is None and (ref or fetch or apply_new):
        raise UsageError("--ref, --fetch and --apply-new need git", "run it in a checkout")
    tell = _Lines(project)
    project = replace(project, emit=Progress(PIPE, quiet=True).event)
    store = connect(project)
    following = Following(ref or "HEAD", fetch, apply_new)
    options = WatchOptions(
        Policy(heal or Heal.NOTHING, float(interval)),
        replace(writer_of(project), ref=ref, dirty=False),
        following,
        None if copies is None else project.here / copies,
    )
    watcher = Watcher(project, store, options, tell, beside=lambda: connect(project))
    if listen is None:
        watcher.run(OnSignal())
        return 0
    with served(listen, monitoring(watcher)) as url:
        click.echo(f"serving {url}/metrics and /healthz", err=True)
        watcher.run(OnSignal())
    return 0


def monitoring(watcher: Watcher) -> dict[str, Callable[[], Page]]:
    """What a watcher tells those who monitor it."""
    from fieldkeep.render import metrics

    def health() -> Page:
        problems = [*watcher.status.problems()]
        if not problems:
            return Page("ok\n")
        body = "".join(f"{printable(problem)}\n" for problem in problems)
        return Page(body, status=HTTPStatus.SERVICE_UNAVAILABLE)

    return {
        "/metrics": lambda: Page(metrics.of_watch(watcher.status), metrics.CONTENT_TYPE),
        "/healthz": health,
    }


class _Lines:
    """Prints each event on stderr with its time."""

    def __init__(self, project: Project) -> None:
        self._clock = project.clock

    def __call__(self, event: WatchEvent) -> None:
        for line in lines(event):
            click.echo(f"{rfc3339(self._clock())} {printable(line)}", err=True)

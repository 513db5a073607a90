"""`fieldkeep catalog`."""

from __future__ import annotations

import signal
from dataclasses import replace

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import field_tree, takes_project
from fieldkeep.commands.evaluation import writer_of
from fieldkeep.commands.progress import Progress
from fieldkeep.commands.stored import connect, location
from fieldkeep.core.catalog.catalog import Catalog
from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.edges.files import packaged, site
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError, Unavailable, UsageError
from fieldkeep.model import Severity
from fieldkeep.operations import catalog as operation
from fieldkeep.operations.project import Project
from fieldkeep.render import catalog as render
from fieldkeep.render.screen import PIPE, draw
from fieldkeep.render.words import printable

_PORT = 8470


@click.command("catalog")
@click.option(
    "--out",
    metavar="DIR",
    help="The folder that gets index.html.",
    shell_complete=values.folders,
)
@click.option("--serve", is_flag=True, help="Serve it to this machine, and follow the store.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help=f"With --serve: where; 0 takes any that is free.  [default: {_PORT}]",
)
@takes_project
def command(project: Project, out: str | None, serve: bool, port: int | None) -> int:
    """Write a page that shows every field: live, in git, and after a sync.

    DIR/index.html needs no other file and no network. It tells what could not be read; exit code 4
    if that is the store or git. Writes to no store.

    With --serve, a browser on this machine gets the page at http://127.0.0.1:PORT/, and each change
    of the store shows in it. Ctrl-C or SIGTERM ends it with 0.
    """
    if (out is None) is not serve:
        raise UsageError("one of --out and --serve is needed", "--out DIR writes the page there")
    if port is not None and not serve:
        raise UsageError("--port is for --serve", "leave it out, or add --serve")
    if out is None:
        return _serve(project, _PORT if port is None else port)
    found = _gather(project, connect(project))
    page = render.page(found, packaged.template)
    site.write(project.here / out, out, page.encode(), render.is_page)
    click.echo(draw(screens.stdout(), [f"{out}/index.html: {render.summary(found)}"]))
    if found.live:
        raise Unavailable(f"what is live is unknown: {found.live.reason}", "the page says so too")
    if found.after:
        reason = found.after.reason
        raise Unavailable(f"what a sync would change is unknown: {reason}", "the page says so too")
    return 0


def _gather(project: Project, store: Store) -> Catalog:
    def options(store: Store) -> PlanOptions:
        own = project.settings
        return PlanOptions(writer_of(project), depth=own.history, limits=store.limits)

    tree, name = field_tree(project), location(project, store)
    return operation.gather(project, tree, lambda: store, options, name)


def _serve(project: Project, port: int) -> int:
    from fieldkeep.edges.pages import LOOPBACK, served
    from fieldkeep.operations.editions import Editions
    from fieldkeep.operations.following import changes

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    store, editions = connect(project), Editions()
    found: Catalog | None = None
    stalled = ""

    def missed() -> bool:
        return bool(stalled or (found and found.live))

    project = replace(project, emit=Progress(PIPE, quiet=True).event)
    try:
        with served(f"{LOOPBACK}:{port}", editions.pages, own_names_only=True) as url:
            for _ in changes(store, project.settings.keys, missed):
                try:
                    found = _gather(project, store)
                except InputError as error:
                    if not editions:
                        raise
                    if (reason := _first(error)) != stalled:
                        click.echo(f"the page stays as it is: {reason}", err=True)
                        editions.stall(reason)
                    stalled = reason
                    continue
                stalled = ""
                if not editions:
                    click.echo(f"serving {url}/ until Ctrl-C: {render.summary(found)}", err=True)
                page = render.page(found, packaged.template, live=True)
                editions.publish(rfc3339(found.made), page)
    except KeyboardInterrupt:
        click.echo("ended", err=True)
    finally:
        editions.close()
    return 0


def _first(error: InputError) -> str:
    """The first error of an input, on one line."""
    errors = (p for p in error.problems if p.severity is Severity.ERROR)
    return printable(next((f"{one.where}: {one.message}" for one in errors), str(error)))

"""`fieldkeep catalog`."""

from __future__ import annotations

import click

from fieldkeep.commands.context import field_tree, takes_project
from fieldkeep.commands.evaluation import writer_of
from fieldkeep.commands.stored import connect, location
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.edges.files import packaged, site
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import Unavailable
from fieldkeep.operations import catalog as operation
from fieldkeep.operations.project import Project
from fieldkeep.render import catalog as render


@click.command("catalog")
@click.option("--out", metavar="DIR", required=True, help="The folder that gets index.html.")
@takes_project
def command(project: Project, out: str) -> int:
    """Write a page that shows every field: live, in git, and after a sync.

    DIR/index.html needs no other file and no network. It tells what could not be read; exit code 4
    if that is the store. Writes to no store.
    """

    def options(store: Store) -> PlanOptions:
        own = project.settings
        return PlanOptions(writer_of(project), depth=own.history, limits=store.limits)

    store = connect(project)
    found = operation.gather(
        project, field_tree(project), lambda: store, options, location(project, store)
    )
    page = render.page(found, packaged.template)
    site.write(project.here / out, out, page.encode(), render.is_page)
    click.echo(f"{out}/index.html: {render.summary(found)}")
    if found.live:
        raise Unavailable(f"what is live is unknown: {found.live.reason}", "the page says so too")
    return 0

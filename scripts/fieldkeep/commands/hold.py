"""`fieldkeep hold`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import require_reason, takes_project
from fieldkeep.commands.stored import connect, location
from fieldkeep.edges.files import identity
from fieldkeep.operations.hold import set_hold
from fieldkeep.operations.project import Project
from fieldkeep.render.screen import Style, draw, line


@click.command("hold")
@click.option(
    "--until", required=True, metavar="4h|TIME", help="90m, 4h, 2d, or a time (UTC if no zone)."
)
@click.option(
    "--reason", required=True, metavar="TEXT", help="Why; a sync that is refused shows it."
)
@click.option("--replace", is_flag=True, help="Replace a hold that somebody else set.")
@takes_project
def command(project: Project, until: str, reason: str, replace: bool) -> int:
    """Stop every sync to this key until a time. The hold then ends by itself.

    A sync or restore meanwhile exits with 3, unless it has --override-hold.
    """
    store, why = connect(project), require_reason(reason)
    actor = identity.actor(project.checkout, project.variables)
    new = set_hold(project, store, until, why, actor, replace=replace)
    where = f"store: {location(project, store)}"
    click.echo(draw(screens.stdout(), [line((str(new), Style.WARNING)), line(where)]))
    return 0

"""`fieldkeep release`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.stored import connect, location
from fieldkeep.operations import hold
from fieldkeep.operations.project import Project
from fieldkeep.render.screen import draw


@click.command("release")
@takes_project
def command(project: Project) -> int:
    """End the hold on this key, no matter who set it. Without a hold, do nothing."""
    store = connect(project)
    ended = hold.release(project, store)
    done = f"released; it was {ended}" if ended else "no hold is on"
    click.echo(draw(screens.stdout(), [done, f"store: {location(project, store)}"]))
    return 0

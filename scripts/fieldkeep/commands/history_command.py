"""`fieldkeep history`."""

from __future__ import annotations

import click

from fieldkeep import pipeline
from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, project, width
from fieldkeep.core.survey import problems
from fieldkeep.render.state import HISTORY
from fieldkeep.render.words import printable


@click.command("history")
@click.option(
    "--format", "form", type=click.Choice(list(HISTORY)), default="text", show_default=True
)
@common
@click.pass_context
def command(context: click.Context, form: str) -> int:
    """List the backups, newest first; number 0 is what the last apply left live."""
    found = project(context)
    _, known = pipeline.look(common_context.store(found), found.settings)
    for problem in problems(known):
        click.echo(f"warning: {printable(problem)}", err=True)
    click.echo(HISTORY[form](known.shelf.entries, width()))
    return 0

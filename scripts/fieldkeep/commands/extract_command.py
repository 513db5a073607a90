"""`fieldkeep extract`."""

from __future__ import annotations

import click

from fieldkeep.commands.context import common, project
from fieldkeep.edges import prometheus
from fieldkeep.errors import Unavailable
from fieldkeep.model import Skipped
from fieldkeep.pipeline import around
from fieldkeep.render.extraction import FORMATS


@click.command("extract")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@common
@click.pass_context
def command(context: click.Context, form: str) -> int:
    """Show the target labels that the sources attach, and the rule that sets each.

    A source that cannot be read is told as such; exit code 4 if none could.
    """
    found = project(context)
    readings = prometheus.read_all(found.settings.sources, around(found))
    click.echo(FORMATS[form](readings))
    if readings and all(isinstance(reading, Skipped) for reading in readings):
        raise Unavailable("no source could be read", "each one's reason is above")
    return 0

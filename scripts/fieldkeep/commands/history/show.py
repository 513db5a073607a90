"""`fieldkeep history show`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, project_of, width
from fieldkeep.core.restore.versions import find
from fieldkeep.operations import project
from fieldkeep.render.history import SHOW


@click.command("show")
@click.argument("which", metavar="N|TIMESTAMP|COMMIT")
@click.option("--format", "form", type=click.Choice(list(SHOW)), default="text", show_default=True)
@common
@click.pass_context
def command(context: click.Context, which: str, form: str) -> int:
    """Show one backup: who made it, why, and its fields."""
    found = project_of(context)
    _, stored = project.read_store(common_context.store(found), found.settings)
    click.echo(SHOW[form](find(stored, which), width()))
    return 0

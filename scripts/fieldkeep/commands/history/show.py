"""`fieldkeep history show`."""

from __future__ import annotations

import click

from fieldkeep.commands.context import connect, takes_project, terminal_width
from fieldkeep.commands.options import format_option
from fieldkeep.core.restore.versions import find
from fieldkeep.operations.project import Project, read_store
from fieldkeep.render.history import SHOW


@click.command("show")
@click.argument("which", metavar="N|TIMESTAMP|COMMIT")
@format_option(SHOW)
@takes_project
def command(project: Project, which: str, form: str) -> int:
    """Show one backup: who made it, why, and its fields."""
    _, stored = read_store(connect(project), project.settings)
    click.echo(SHOW[form](find(stored, which), terminal_width()))
    return 0

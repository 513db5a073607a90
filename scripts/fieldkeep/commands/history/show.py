"""`fieldkeep history show`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option
from fieldkeep.commands.stored import connect
from fieldkeep.core.restore.versions import find
from fieldkeep.core.stored.set_aside import aside_number
from fieldkeep.core.stored.set_aside import find as find_aside
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_set_aside, read_store
from fieldkeep.render import set_aside
from fieldkeep.render.history import SHOW


@click.command("show")
@click.argument("which", metavar="N|TIMESTAMP|COMMIT|aside:N")
@format_option(SHOW)
@takes_project
def command(project: Project, which: str, form: str) -> int:
    """Show one backup: who made it, why, and its fields; or a value that was set aside."""
    store = connect(project)
    if (number := aside_number(which)) is not None:
        entries = read_set_aside(store, project.settings)
        click.echo(set_aside.SHOW[form](number, find_aside(entries, number), screens.stdout()))
        return 0
    _, stored = read_store(store, project.settings)
    click.echo(SHOW[form](find(stored, which), screens.stdout()))
    return 0

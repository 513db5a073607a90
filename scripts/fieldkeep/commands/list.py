"""`fieldkeep list`."""

from __future__ import annotations

import click

from fieldkeep.commands.context import connect, takes_project, terminal_width
from fieldkeep.commands.options import format_option
from fieldkeep.core.restore import ways_back
from fieldkeep.errors import InputError
from fieldkeep.operations.events import StoreRead
from fieldkeep.operations.project import Project, read_store
from fieldkeep.render.fields import LIST


@click.command("list")
@format_option(LIST)
@takes_project
def command(project: Project, form: str) -> int:
    """List the fields that are live; from the newest valid backup if the document is gone."""
    _, stored = read_store(connect(project), project.settings)
    project.emit(StoreRead(stored))
    if stored.effective is None:
        raise InputError("there is no document and no backup", ways_back.HINT)
    click.echo(LIST[form](stored.effective, terminal_width()))
    return 0

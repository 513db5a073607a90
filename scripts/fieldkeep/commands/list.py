"""`fieldkeep list`."""

from __future__ import annotations

import click

from fieldkeep.commands.context import connect, newest_document, takes_project, terminal_width
from fieldkeep.commands.options import format_option
from fieldkeep.operations.project import Project
from fieldkeep.render.fields import LIST


@click.command("list")
@format_option(LIST)
@takes_project
def command(project: Project, form: str) -> int:
    """List the fields that are live; from the newest valid backup if the document is gone."""
    document = newest_document(project, connect(project))
    click.echo(LIST[form](document, terminal_width()))
    return 0

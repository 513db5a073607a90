"""`fieldkeep list`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option, stale_option
from fieldkeep.commands.stored import connect, newest_document, tell_staleness
from fieldkeep.operations.project import Project
from fieldkeep.render.fields import LIST


@click.command("list")
@stale_option
@format_option(LIST)
@takes_project
def command(project: Project, form: str, *, stale: bool) -> int:
    """List the fields that are live; from the newest valid backup if the document is gone."""
    store = connect(project, stale=stale)
    document = newest_document(project, store)
    tell_staleness(store, stale=stale)
    click.echo(LIST[form](document, screens.stdout()))
    return 0

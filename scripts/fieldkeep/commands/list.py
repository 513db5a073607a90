"""`fieldkeep list`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, project_of, width
from fieldkeep.errors import InputError
from fieldkeep.operations import project
from fieldkeep.render import steps
from fieldkeep.render.fields import LIST


@click.command("list")
@click.option("--format", "form", type=click.Choice(list(LIST)), default="text", show_default=True)
@common
@click.pass_context
def command(context: click.Context, form: str) -> int:
    """List the fields that are live; from the newest valid backup if the document is gone."""
    found = project_of(context)
    _, stored = project.read_store(common_context.store(found), found.settings)
    for line in steps.stored(stored):
        found.say(line)
    if stored.effective is None:
        raise InputError(
            "there is no document and no backup", "`fieldkeep sync` makes both from git"
        )
    click.echo(LIST[form](stored.effective, width()))
    return 0

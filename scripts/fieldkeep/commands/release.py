"""`fieldkeep release`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, place, project_of
from fieldkeep.operations import hold
from fieldkeep.render.words import printable


@click.command("release")
@common
@click.pass_context
def command(context: click.Context) -> int:
    """End the hold on this key, whoever set it. Without one, nothing is done."""
    found = project_of(context)
    store = common_context.store(found)
    ended = hold.release(found, store)
    click.echo(f"released: {printable(str(ended))}" if ended else "no hold is on")
    click.echo(f"store: {place(found, store)}")
    return 0

"""`fieldkeep history diff`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, project_of
from fieldkeep.core.restore.versions import LIVE, between, find
from fieldkeep.operations import project
from fieldkeep.render.history import DIFF


@click.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="[B]", required=False, default=LIVE)
@click.option("--format", "form", type=click.Choice(list(DIFF)), default="text", show_default=True)
@common
@click.pass_context
def command(context: click.Context, old: str, new: str, form: str) -> int:
    """Show what would change from backup A to B; without B, to what is live.

    Each is a number, a time or a commit, as for restore, or 'live'.
    """
    found = project_of(context)
    _, stored = project.read_store(common_context.store(found), found.settings)
    before, after = find(stored, old), find(stored, new)
    click.echo(DIFF[form](before, after, between(before, after)))
    return 0

"""`fieldkeep history diff`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option
from fieldkeep.commands.stored import connect
from fieldkeep.core.restore.versions import LIVE, around, between, find
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_store
from fieldkeep.render.history import DIFF


@click.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="[B]", required=False, default=LIVE)
@format_option(DIFF)
@takes_project
def command(project: Project, old: str, new: str, form: str) -> int:
    """Show what would change from backup A to B; without B, to what is live.

    Each is a number, a time or a commit, as for restore, or 'live'.
    """
    _, stored = read_store(connect(project), project.settings)
    before, after = find(stored, old), find(stored, new)
    differences = between(before, after), around(before, after)
    click.echo(DIFF[form](before, after, *differences, screens.stdout()))
    return 0

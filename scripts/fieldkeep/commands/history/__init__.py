"""`fieldkeep history`."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, project_of, width
from fieldkeep.commands.lazy import Lazy
from fieldkeep.core.stored import hold
from fieldkeep.core.stored.state import problems
from fieldkeep.operations import project
from fieldkeep.render.history import LIST
from fieldkeep.render.words import printable

_COMMANDS: Final = {
    "verify": "Check that no entry was edited or taken out.",
    "show": "Show one backup and its fields.",
    "diff": "Show what differs between two backups.",
    "export": "Write all of it to a file.",
}


@click.group("history", cls=Lazy, table=_COMMANDS, package=__name__, invoke_without_command=True)
@click.option("--format", "form", type=click.Choice(list(LIST)), default="text", show_default=True)
@common
@click.pass_context
def command(context: click.Context, form: str) -> int:
    """List the backups, newest first; number 0 is what the last apply left live.

    With a command, look into them.
    """
    if context.invoked_subcommand:
        return 0
    found = project_of(context)
    snapshot, stored = project.read_store(common_context.store(found), found.settings)
    for problem in problems(stored):
        click.echo(f"warning: {printable(problem)}", err=True)
    held = hold.decode(snapshot[snapshot.keys.hold], found.clock())
    click.echo(LIST[form](stored.history.entries, held, width()))
    return 0

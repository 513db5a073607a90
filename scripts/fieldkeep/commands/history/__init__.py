"""`fieldkeep history`."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep.commands import notes, screens
from fieldkeep.commands.context import project_of
from fieldkeep.commands.lazy import Lazy
from fieldkeep.commands.options import common, format_option, stale_option
from fieldkeep.commands.stored import connect, tell_staleness
from fieldkeep.core.restore import ways_back
from fieldkeep.core.stored import hold
from fieldkeep.core.stored.state import problems
from fieldkeep.operations.stored import read_set_aside, read_store, store_time
from fieldkeep.render.history import LIST, Shown
from fieldkeep.render.screen import draw

_COMMANDS: Final = {
    "verify": "Check that no entry was changed or removed.",
    "show": "Show one backup and its fields.",
    "field": "Show what became of one field, as `history NAME` does.",
    "diff": "Show what differs between two backups.",
    "export": "Write all of it to a file.",
}


class _History(Lazy):
    """A name that is no command is that of a field."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        is_field = args and args[0] not in self.table and not args[0].startswith("-")
        return super().resolve_command(ctx, ["field", *args] if is_field else args)


@click.group(
    "history", cls=_History, table=_COMMANDS, package=__name__, invoke_without_command=True
)
@click.option("--wide", is_flag=True, help="Exact times, and the names of all fields.")
@stale_option
@format_option(LIST)
@common
@click.pass_context
def command(context: click.Context, form: str, *, wide: bool, stale: bool) -> int:
    """List the backups, newest first; number 0 is what the last apply left live.

    Below them, the damaged and foreign values that were set aside before they were replaced.

    A command looks into them; `history NAME` shows what became of a field.
    """
    if context.invoked_subcommand:
        return 0
    project = project_of(context)
    store = connect(project, stale=stale)
    snapshot, stored = read_store(store, project.settings)
    aside = read_set_aside(store, project.settings)
    tell_staleness(store, stale=stale)
    for problem in problems(stored):
        notes.tell("warning", problem)
    if ways_back.is_all_gone(stored):
        lines = ["note: there is no document either", *(f"    {way}" for way in ways_back.WAYS)]
        click.echo(draw(screens.stderr(), lines), err=True)
    now = store_time(project, store)
    held = hold.decode(snapshot[snapshot.keys.hold], now)
    shown = Shown(stored.history.entries, aside, held, now)
    click.echo(LIST[form](shown, screens.stdout(), wide=wide))
    return 0

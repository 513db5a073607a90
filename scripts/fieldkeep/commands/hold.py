"""`fieldkeep hold`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, given, place, project_of
from fieldkeep.core.stored import hold
from fieldkeep.operations.hold import set_hold
from fieldkeep.render.words import printable


@click.command("hold")
@click.option(
    "--until", required=True, metavar="4h|TIME", help="90m, 4h, 2d, or a time (UTC if no zone)."
)
@click.option("--reason", required=True, metavar="TEXT", help="Why; whoever is refused reads it.")
@click.option("--replace", is_flag=True, help="Replace a hold that somebody else set.")
@common
@click.pass_context
def command(context: click.Context, until: str, reason: str, replace: bool) -> int:
    """Let no sync be applied to this key until a time; then it ends by itself.

    A sync or restore meanwhile ends with 3, unless it has --override-hold.
    """
    found = project_of(context)
    store = common_context.store(found)
    now = found.clock()
    wanted = hold.create(hold.until(until, now), given(reason), common_context.actor(found), now)
    set_hold(found, store, wanted, replace=replace)
    click.echo(printable(str(wanted)))
    click.echo(f"store: {place(found, store)}")
    return 0

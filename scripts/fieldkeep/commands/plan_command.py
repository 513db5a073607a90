"""`fieldkeep plan`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, origin, place, project, surveyed
from fieldkeep.core.survey import Request
from fieldkeep.proposal import proposed
from fieldkeep.render.plans import FORMATS


@click.command("plan")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option(
    "--against", metavar="git:REV", help="Compare with what REV alone would apply; ask no server."
)
@click.option("--exit-code", is_flag=True, help="End with 2 if changes or drift are pending.")
@common
@click.pass_context
def command(context: click.Context, form: str, against: str | None, exit_code: bool) -> int:
    """Show what a sync would change, attribute by attribute, and why a guard would refuse it.

    Reads the store and the sources, writes nothing.
    """
    found = project(context, storeless=against is not None)
    if against is None:
        store = common_context.store(found)
        survey, where = surveyed(found, store), place(found, store)
    else:
        own = found.settings
        request = Request(origin(found), depth=own.history, limits=own.limits)
        survey, where = proposed(found, against, request)
    click.echo(FORMATS[form](survey.plan, where))
    return 2 if exit_code and survey.plan.pending else 0

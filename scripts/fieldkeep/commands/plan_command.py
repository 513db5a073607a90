"""`fieldkeep plan`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, place, project, surveyed
from fieldkeep.render.plans import FORMATS


@click.command("plan")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option("--exit-code", is_flag=True, help="End with 2 if changes or drift are pending.")
@common
@click.pass_context
def command(context: click.Context, form: str, exit_code: bool) -> int:
    """Show what a sync would change, attribute by attribute, and why a guard would refuse it.

    Reads the store and the sources, writes nothing.
    """
    found = project(context)
    store = common_context.store(found)
    survey = surveyed(found, store)
    click.echo(FORMATS[form](survey.plan, place(found, store)))
    return 2 if exit_code and survey.plan.pending else 0

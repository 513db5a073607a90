"""`fieldkeep status`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, evaluated, project_of
from fieldkeep.render.state import STATUS


@click.command("status")
@click.option(
    "--format", "form", type=click.Choice(list(STATUS)), default="text", show_default=True
)
@common
@click.pass_context
def command(context: click.Context, form: str) -> int:
    """Tell whether store and git agree, what drifted, and what was applied last.

    Exit code 2 if anything is pending.
    """
    found = project_of(context)
    store = common_context.store(found)
    survey = evaluated(found, store, weighing=False)
    click.echo(STATUS[form](survey, store.url))
    return 2 if survey.plan.pending else 0

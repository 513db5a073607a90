"""`fieldkeep plan`."""

from __future__ import annotations

import click

from fieldkeep import pipeline
from fieldkeep.commands import context as common_context
from fieldkeep.commands.allowed import file_name, ground, guarded, request
from fieldkeep.commands.context import common, fields_of, place, project
from fieldkeep.core import planfile
from fieldkeep.core.facts import committed, facts
from fieldkeep.edges import outside
from fieldkeep.edges.tree import taken
from fieldkeep.render import plans, steps
from fieldkeep.render.plans import FORMATS


@click.command("plan")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option("--exit-code", is_flag=True, help="End with 2 if changes or drift are pending.")
@click.option("--ref", metavar="REV", help="Plan for the fields and schema of this commit.")
@click.option("--out", metavar="FILE", help="Write it for `sync --plan`, bound to what is there.")
@guarded
@common
@click.pass_context
def command(
    context: click.Context,
    /,
    form: str,
    exit_code: bool,
    ref: str | None,
    out: str | None,
    prune: bool,
    **allowed: bool,
) -> int:
    """Show what a sync would change, attribute by attribute, and why a guard would refuse it.

    Reads the store and the sources, writes nothing to them. Takes the flags that the sync will
    have.
    """
    found = project(context)
    shown = None if out is None else file_name("--out", out)
    tree = taken(fields_of(found, ref))
    wish = pipeline.desired(found, tree)
    store = common_context.store(found)
    asked = request(found, store, ref, prune=prune, allowed=allowed)
    if shown:
        committed(asked.origin)
    survey = pipeline.plan(found, store, wish, asked)
    if shown:
        bond = facts(ground(found, store, tree), wish, asked, survey)
        content = planfile.encode(plans.data(survey.plan), bond)
        outside.put(found.here / shown, shown, content, planfile.ours)
        found.say(steps.planned(shown))
    click.echo(FORMATS[form](survey.plan, place(found, store)))
    return 2 if exit_code and survey.plan.pending else 0

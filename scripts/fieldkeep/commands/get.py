"""`fieldkeep get`."""

from __future__ import annotations

from collections.abc import Iterable

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, evaluated, project_of, width
from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.errors import InputError
from fieldkeep.operations import project
from fieldkeep.render import steps
from fieldkeep.render.fields import EXPLAINED, ONE


@click.command("get")
@click.argument("name")
@click.option("--explain", is_flag=True, help="Where each value comes from, and what lost to it.")
@click.option("--format", "form", type=click.Choice(list(ONE)), default="text", show_default=True)
@common
@click.pass_context
def command(context: click.Context, name: str, explain: bool, form: str) -> int:
    """Show one field as it is live; from the newest valid backup if the document is gone.

    With --explain, as the next sync would leave it, each attribute with its origin, the line in git
    and the values that lose.
    """
    found = project_of(context)
    store = common_context.store(found)
    if not explain:
        _, stored = project.read_store(store, found.settings)
        for line in steps.stored(stored):
            found.say(line)
        live = stored.effective.fields if stored.effective else {}
        click.echo(ONE[form](live[_known(name, live)], width()))
        return 0
    results = evaluated(found, store, weighing=False).merged.results
    click.echo(EXPLAINED[form](results[_known(name, results)], width()))
    return 0


def _known(name: str, names: Iterable[str]) -> str:
    stored = list(names)
    if name not in stored:
        hint = did_you_mean(name, stored, "`fieldkeep list` names all fields")
        raise InputError(f"there is no field '{name}'", hint)
    return name

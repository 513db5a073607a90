"""`fieldkeep get`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option, stale_option
from fieldkeep.commands.stored import connect, newest_document, tell_staleness
from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import InputError
from fieldkeep.operations.project import Project
from fieldkeep.render.fields import ONE

Field = TypeVar("Field")


@click.command("get")
@click.argument("name", shell_complete=values.field_names)
@click.option(
    "--explain", is_flag=True, help="Where each value comes from, and which values it replaced."
)
@stale_option
@format_option(ONE)
@takes_project
def command(project: Project, name: str, explain: bool, form: str, *, stale: bool) -> int:
    """Show one field as it is live; from the newest valid backup if the document is gone.

    With --explain: each attribute as the next sync would leave it, where its value comes from (with
    the line in git), and which values it replaces, also those that only a backup still has.
    """
    store = connect(project, stale=stale)
    if explain:
        click.echo(_explained(project, store, name, form, stale=stale))
        return 0
    document = newest_document(project, store)
    tell_staleness(store, stale=stale)
    click.echo(ONE[form](_named(name, document.fields), screens.stdout()))
    return 0


def _explained(project: Project, store: Store, name: str, form: str, *, stale: bool) -> str:
    from fieldkeep.commands.evaluation import evaluate_working_tree
    from fieldkeep.core.document.attributes import NoValue
    from fieldkeep.core.merge.outcome import ValueOrigin
    from fieldkeep.core.restore.field_history import held_values
    from fieldkeep.render.field_origins import EXPLAINED

    evaluation = evaluate_working_tree(project, store)
    tell_staleness(store, stale=stale)
    result = _named(name, evaluation.merged.results)
    held = {
        attribute: held_values(evaluation.stored, name, attribute, decision.value)
        for attribute, decision in result.decisions.items()
        if decision.origin is ValueOrigin.GIT and not isinstance(decision.value, NoValue)
    }
    return EXPLAINED[form](result, held, screens.stdout())


def _named(name: str, fields: Mapping[str, Field]) -> Field:
    """Raises InputError if there is no such field."""
    if name not in fields:
        field, _, attribute = name.partition(".")
        hint = did_you_mean(name, fields, "`fieldkeep list` names all fields")
        if attribute and field in fields:
            hint = f"`fieldkeep get {field}` shows its attributes"
        raise InputError(f"there is no field '{name}'", hint)
    return fields[name]

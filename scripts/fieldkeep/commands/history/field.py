"""`fieldkeep history field`, which `fieldkeep history NAME` stands for."""

from __future__ import annotations

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option
from fieldkeep.commands.stored import connect
from fieldkeep.core.restore.field_history import field_history
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_store, store_time
from fieldkeep.render.field_history import FIELD


@click.command("field")
@click.argument("name", shell_complete=values.field_names)
@format_option(FIELD)
@takes_project
def command(project: Project, name: str, form: str) -> int:
    """Show what became of a field, attribute by attribute; `history NAME` does the same.

    `fieldkeep restore N NAME [ATTRIBUTE]` puts a value back, `fieldkeep adopt NAME --from N` takes
    it into git.
    """
    store = connect(project)
    _, stored = read_store(store, project.settings)
    now = store_time(project, store)
    click.echo(FIELD[form](name, field_history(stored, name), screens.stdout(), now))
    return 0

"""`fieldkeep doctor`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, project_of
from fieldkeep.core.doctor import exit_code
from fieldkeep.operations import doctor
from fieldkeep.operations.project import working_tree
from fieldkeep.render.doctor import FORMATS


@click.command("doctor")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@common
@click.pass_context
def command(context: click.Context, form: str) -> int:
    """Check settings, field files, sources, git, and what the token may do with each key.

    Changes nothing. Exit code 0 with warnings too; 4 if a server failed, 64 for settings, 1 for
    field files and schemas.
    """
    found = project_of(context)
    tree = working_tree(found)
    lines = doctor.examine(found, tree, lambda: common_context.store(found))
    click.echo(FORMATS[form](lines))
    return exit_code(lines)

"""`fieldkeep doctor`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option
from fieldkeep.commands.stored import connect
from fieldkeep.core.doctor import exit_code
from fieldkeep.operations import doctor
from fieldkeep.operations.project import Project, working_tree
from fieldkeep.render.doctor import FORMATS


@click.command("doctor")
@format_option(FORMATS)
@takes_project
def command(project: Project, form: str) -> int:
    """Check settings, field files, sources, git, and what the token may do with each key.

    Changes nothing. Exit code 0 with warnings too; 4 if a server failed, 64 for settings, 1 for
    field files and schemas.
    """
    lines = doctor.examine(project, working_tree(project), lambda: connect(project))
    click.echo(FORMATS[form](lines, screens.stdout()))
    return exit_code(lines)

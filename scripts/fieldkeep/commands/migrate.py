"""`fieldkeep migrate`."""

from __future__ import annotations

import click

from fieldkeep.commands import completion_values, screens
from fieldkeep.commands.context import project_of
from fieldkeep.commands.options import common
from fieldkeep.core.common.words import number
from fieldkeep.core.fields import versions
from fieldkeep.operations import migrate
from fieldkeep.render import file_diff
from fieldkeep.render.screen import draw


@click.command("migrate")
@click.argument("files", nargs=-1, metavar="[FILE]...", shell_complete=completion_values.files)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file is older.")
@common
@click.pass_context
def command(context: click.Context, /, files: tuple[str, ...], check: bool) -> int:
    """Rewrite field files of an older version of the schema for the newest.

    Without FILE, all of the fields folder. Shows the diff; every line stays that says the same in
    both versions. All files are made and validated before the first is written.
    """
    project = project_of(context, storeless=True)
    older = migrate.draft(project, files)
    for file in older:
        click.echo(draw(screens.stdout(), file_diff.lines(file.before, file.after)))
    if not older:
        click.echo(f"no field file is older than version {versions.VERSION}", err=True)
        return 0
    count = number(len(older), "field file")
    if check:
        click.echo(f"{count} to rewrite: run `fieldkeep migrate`", err=True)
        return 1
    migrate.write(project, older)
    click.echo(f"{count} rewritten for version {versions.VERSION}; commit them", err=True)
    return 0

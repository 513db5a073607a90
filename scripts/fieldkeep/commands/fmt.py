"""`fieldkeep fmt`."""

from __future__ import annotations

import click

from fieldkeep.commands import completion_values, screens
from fieldkeep.commands.context import project_of
from fieldkeep.commands.options import common
from fieldkeep.core.common.words import number
from fieldkeep.operations import field_edit
from fieldkeep.render import file_diff, findings
from fieldkeep.render.screen import draw


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH]...", shell_complete=completion_values.files)
@click.option("--check", is_flag=True, help="Show the diff, write nothing; exit code 1 if any.")
@common
@click.pass_context
def command(context: click.Context, /, paths: tuple[str, ...], check: bool) -> int:
    """Give field files their canonical form: indentation, spaces, empty lines, quotes.

    What the files say, their comments and the order of their lines stay. Without PATH, all files of
    the fields folder.
    """
    project = project_of(context, storeless=True)
    edits, problems = field_edit.formatted(project, paths)
    changes = [edit for edit in edits if edit.is_change]
    if check:
        for edit in changes:
            click.echo(draw(screens.stdout(), file_diff.lines(edit.before, edit.after)))
    else:
        field_edit.write(project, *changes)
        for edit in changes:
            click.echo(draw(screens.stdout(), [edit.after.path]))
    if problems:
        click.echo(findings.text(problems, screens.stderr()), err=True)
    done = "to format" if check else "formatted"
    parts = [
        f"{number(len(changes), 'file')} {done}",
        f"{len(edits) - len(changes):,} already canonical",
    ]
    if unread := {p.where.path for p in problems if p.check != "file/missing"}:
        parts.append(f"{len(unread):,} not readable, left as it is")
    click.echo(", ".join(parts), err=True)
    return 1 if problems or (check and changes) else 0

"""`fieldkeep rename`."""

from __future__ import annotations

import click

from fieldkeep.commands import completion_values, screens
from fieldkeep.commands.context import project_of
from fieldkeep.commands.options import common
from fieldkeep.commands.shown_edit import tell
from fieldkeep.commands.stored import connect, location
from fieldkeep.errors import Refused, Unavailable
from fieldkeep.operations import rename
from fieldkeep.operations.field_edit import FieldEdit
from fieldkeep.operations.project import Project
from fieldkeep.render import file_diff, finding, known_label
from fieldkeep.render.screen import draw


@click.command("rename")
@click.argument("old", shell_complete=completion_values.field_names)
@click.argument("new")
@click.option("--dry-run", is_flag=True, help="Show the diff, write nothing.")
@click.option(
    "--allow-changes", is_flag=True, help="Leave behind what only the application says of OLD."
)
@click.option("--offline", is_flag=True, help="Ask neither the store nor the sources.")
@common
@click.pass_context
def command(
    context: click.Context, /, old: str, new: str, dry_run: bool, allow_changes: bool, offline: bool
) -> int:
    """Rename the file of the field OLD, for a label that is called NEW from now on.

    The live field keeps its old name until a sync, which creates NEW from the file. What only the
    application says of OLD would stay behind: then it is refused, and `fieldkeep adopt OLD` comes
    first.
    """
    project = project_of(context, storeless=offline)
    edit = rename.drafted(project, old, new)
    if not offline:
        _tell_fate(project, edit, old, new, allow_changes=allow_changes)
    click.echo(draw(screens.stdout(), file_diff.lines(edit.before, edit.after)))
    for warning in edit.warnings:
        click.echo(finding.lines(warning), err=True)
    if dry_run:
        tell(f"{edit.after.path}: not written (--dry-run)")
        return 0
    rename.write(project, edit)
    tell(f"{edit.after.path}: renamed")
    tell("relabel rules, dashboards and services: change them by hand")
    tell("`fieldkeep plan` shows what a sync would do")
    return 0


def _tell_fate(
    project: Project, edit: FieldEdit, old: str, new: str, *, allow_changes: bool
) -> None:
    """Raises Refused if something would stay behind, Unavailable if that is unknown."""
    try:
        store = connect(project)
        fate = rename.fate(project, store, old, edit)
    except Unavailable as error:
        hint = f"{error.hint}; or --offline, if the application says no more than the file"
        raise type(error)(f"{error}: nothing was renamed", hint) from error
    shown = known_label.lines(fate.label, any_source=bool(project.settings.sources))
    if text := draw(screens.stderr(), shown):
        click.echo(text, err=True)
    if fate.left and not allow_changes:
        raise Refused(
            f"nothing was renamed: only the application says {', '.join(fate.left)} of '{old}'",
            f"`fieldkeep adopt {old}` writes what a file can say; --allow-changes leaves it behind",
        )
    where = location(project, store)
    if not fate.is_live:
        tell(f"'{old}' is not live in {where}")
    elif fate.stays:
        tell(f"a sync creates '{new}'")
        tell(
            f"'{old}' stays, and loses what this file said, because Prometheus still attaches"
            " that label and no file describes it"
        )
    else:
        tell(f"a sync creates '{new}' and deletes '{old}' in {where}")

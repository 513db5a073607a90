"""`fieldkeep set`."""

from __future__ import annotations

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands.context import project_of
from fieldkeep.commands.options import common
from fieldkeep.commands.shown_edit import show
from fieldkeep.errors import UsageError
from fieldkeep.operations import field_edit


@click.command("set")
@click.argument("name", shell_complete=values.field_names)
@click.argument(
    "assignments", nargs=-1, metavar="[ATTR=VALUE]...", shell_complete=values.assignments
)
@click.option(
    "--unset",
    multiple=True,
    metavar="ATTR",
    help="Remove ATTR from the file.",
    shell_complete=values.attributes,
)
@click.option("--dry-run", is_flag=True, help="Show the diff, write nothing.")
@common
@click.pass_context
def command(
    context: click.Context,
    /,
    name: str,
    assignments: tuple[str, ...],
    unset: tuple[str, ...],
    dry_run: bool,
) -> int:
    """Change attributes in the file of the field NAME, and leave every other line as it is.

    ATTR is called as in the file: display_name, visibility.table. A list is given as a whole
    (pages=services,blackbox) or by item (pages=+services,-blackbox). ATTR= clears a text or a list;
    --unset ATTR leaves it to the application. The new text is validated before it is written.
    """
    if not assignments and not unset:
        raise UsageError("nothing to set", f"for example: fieldkeep set {name} order=10")
    project = project_of(context, storeless=True)
    edit = field_edit.with_assigned(project, name, assignments, unset)
    return show(project, edit, dry_run=dry_run)

"""`fieldkeep adopt`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, project_of
from fieldkeep.core.adopt.select import Selection
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.errors import UsageError
from fieldkeep.model import Writer
from fieldkeep.operations import adopt
from fieldkeep.operations.adopt import Way
from fieldkeep.render import adoption


@click.command("adopt")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="All live fields, with a file or without.")
@click.option("--from-file", metavar="FILE", help="An exported document instead of the store's.")
@click.option("--dry-run", is_flag=True, help="Show the diff, write nothing.")
@click.option("--branch", metavar="NAME", help="Write on a new branch.")
@click.option("--commit", is_flag=True, help="Commit the files; pushes nothing.")
@click.option("--allow-changes", is_flag=True, help="Adopt although a sync changes the rest.")
@click.option("--allow-dirty", is_flag=True, help="Edit files that have uncommitted changes.")
@common
@click.pass_context
def command(
    context: click.Context,
    /,
    names: tuple[str, ...],
    everything: bool,
    from_file: str | None,
    dry_run: bool,
    branch: str | None,
    commit: bool,
    allow_changes: bool,
    allow_dirty: bool,
) -> int:
    """Write what people changed in the application into the field files.

    Without NAME: what was edited there since the last apply. With NAME or --all: every attribute in
    which live and the files differ, and a new file where there is none. Other lines stay as they
    are. Writes to no store; refuses if a sync would change a customization all the same.
    """
    if names and everything:
        raise UsageError("NAME and --all exclude each other", "leave one of them out")
    if from_file and not (names or everything):
        raise UsageError("--from-file says nothing of who edited what", "add --all, or names")
    found = project_of(context)
    request = PlanOptions(Writer(), depth=found.settings.history, limits=found.settings.limits)
    look = (
        adopt.from_file(found, from_file, request)
        if from_file
        else adopt.from_store(found, common_context.store(found), request)
    )
    selection = Selection(tuple(dict.fromkeys(names)), everything)
    drafted = adopt.adoption_of(found, look, selection, request)
    if dry_run and drafted.files:
        click.echo(adoption.diff(drafted))
    if not allow_changes and drafted.effects.customizations:
        click.echo(adoption.text(drafted, written=False), err=True)
        adopt.allow(drafted)
    if dry_run or not drafted.files:
        click.echo(adoption.text(drafted, written=False))
        return 0
    made = adopt.write(found, drafted, Way(allow_dirty, branch, commit))
    click.echo(adoption.text(drafted, written=True))
    if made:
        click.echo(f"committed {made[:12]}" + (f" on the branch {branch}" if branch else ""))
    return 0

"""`fieldkeep adopt`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.stored import connect
from fieldkeep.core.adopt.select import Selection
from fieldkeep.core.plan.evaluate import PlanOptions
from fieldkeep.errors import UsageError
from fieldkeep.model import Writer
from fieldkeep.operations import adopt
from fieldkeep.operations.adopt import WriteOptions
from fieldkeep.operations.project import Project
from fieldkeep.render import adoption as render
from fieldkeep.render.screen import draw


@dataclass(frozen=True, slots=True)
class _Sources:
    """What is adopted instead of the live document; at most one."""

    file: str | None
    aside: int | None
    backup: str | None

    def check(self, names: Sequence[str], *, everything: bool) -> None:
        """Raises UsageError."""
        options = {"--from-file": self.file, "--from-aside": self.aside, "--from": self.backup}
        sources = [option for option, value in options.items() if value is not None]
        if len(sources) > 1:
            raise UsageError(f"{' and '.join(sources)} exclude each other", "leave one out")
        if self.backup is not None and not names:
            raise UsageError(
                "--from needs field names", "name the fields that the backup has right"
            )
        if sources and not (names or everything):
            raise UsageError(
                f"{sources[0]} needs --all or field names",
                "a file does not record which values were edited",
            )

    def evaluator(
        self, project: Project, names: Sequence[str], options: PlanOptions
    ) -> adopt.Evaluator:
        if self.file is not None:
            return adopt.from_file(project, self.file, options)
        store = connect(project)
        if self.aside is not None:
            return adopt.from_aside(project, store, self.aside, options)
        if self.backup is not None:
            return adopt.from_backup(project, store, self.backup, names, options)
        return adopt.from_store(project, store, options)


@click.command("adopt")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=values.field_names)
@click.option("--all", "everything", is_flag=True, help="All live fields, with a file or without.")
@click.option(
    "--from-file",
    metavar="FILE",
    help="An exported document instead of the store's.",
    shell_complete=values.files,
)
@click.option(
    "--from-aside", type=click.IntRange(0), metavar="N", help="A value that was set aside instead."
)
@click.option(
    "--from", "which", metavar="N|TIMESTAMP|COMMIT", help="Take NAME as this backup has it."
)
@click.option("--dry-run", is_flag=True, help="Show the diff, write nothing.")
@click.option("--branch", metavar="NAME", help="Write on a new branch.")
@click.option("--commit", is_flag=True, help="Commit the files; pushes nothing.")
@click.option("--allow-changes", is_flag=True, help="Adopt although a sync changes the rest.")
@click.option("--allow-dirty", is_flag=True, help="Edit files that have uncommitted changes.")
@takes_project
def command(
    project: Project,
    /,
    names: tuple[str, ...],
    everything: bool,
    from_file: str | None,
    from_aside: int | None,
    which: str | None,
    dry_run: bool,
    branch: str | None,
    commit: bool,
    allow_changes: bool,
    allow_dirty: bool,
) -> int:
    """Write what people changed in the application into the field files.

    Without NAME: what was edited there, backed up or not. With NAME or --all: every attribute in
    which live and the files differ, and a new file where there is none. Other lines stay as they
    are. Writes to no store; refuses if a sync would change a customization all the same.
    """
    if names and everything:
        raise UsageError("NAME and --all exclude each other", "leave one of them out")
    sources = _Sources(from_file, from_aside, which)
    sources.check(names, everything=everything)
    own = project.settings
    options = PlanOptions(Writer(), depth=own.history, limits=own.limits)
    evaluator = sources.evaluator(project, names, options)
    selection = Selection(tuple(dict.fromkeys(names)), everything)
    # what was set aside was found by a sync of ours
    takes_over = everything and from_aside is None
    adoption = adopt.draft(project, evaluator, selection, options, takes_over=takes_over)
    if dry_run and adoption.files:
        click.echo(draw(screens.stdout(), render.diff(adoption)))
    if not allow_changes and adoption.effects.customizations:
        click.echo(render.text(adoption, screens.stderr(), written=False), err=True)
        adopt.require_no_changes(adoption)
    if dry_run or not adoption.files:
        click.echo(render.text(adoption, screens.stdout(), written=False))
        return 0
    made = adopt.write(project, adoption, WriteOptions(allow_dirty, branch, commit))
    click.echo(render.text(adoption, screens.stdout(), written=True))
    if made:
        click.echo(f"committed {made[:12]}" + (f" on the branch {branch}" if branch else ""))
    return 0

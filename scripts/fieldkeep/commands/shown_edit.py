"""Shows the edit of a field file, and writes it."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.operations import field_edit
from fieldkeep.operations.field_edit import FieldEdit
from fieldkeep.operations.project import Project
from fieldkeep.render import file_diff, finding
from fieldkeep.render.screen import draw


def show(project: Project, edit: FieldEdit, *, dry_run: bool) -> int:
    """The diff on stdout, all else on stderr. Returns the exit code."""
    path = edit.after.path
    if not edit.is_change:
        tell(f"{path}: says so already; nothing was written")
        return 0
    click.echo(draw(screens.stdout(), file_diff.lines(edit.before, edit.after)))
    for warning in edit.warnings:
        click.echo(draw(screens.stderr(), finding.shown(warning)), err=True)
    for note in edit.notes:
        tell(f"note: {note}")
    if dry_run:
        tell(f"{path}: not written (--dry-run)")
        return 0
    field_edit.write(project, edit)
    done = "written" if edit.before else "created"
    tell(f"{path}: {done}; `fieldkeep plan` shows what a sync would do")
    return 0


def tell(text: str) -> None:
    """On stderr, broken between words."""
    click.echo(draw(screens.stderr(), [text]), err=True)

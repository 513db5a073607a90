"""`fieldkeep edit`."""

from __future__ import annotations

import os
import signal
import sys

import click

from fieldkeep.commands import completion_values, screens
from fieldkeep.commands.context import project_of
from fieldkeep.commands.options import common
from fieldkeep.commands.shown_edit import tell
from fieldkeep.errors import UsageError
from fieldkeep.model import Source
from fieldkeep.operations import hand_edit
from fieldkeep.operations.hand_edit import HandEdit
from fieldkeep.operations.project import Project
from fieldkeep.render import file_diff, finding
from fieldkeep.render.screen import draw

_QUESTION = "(e)dit again, (k)eep it, or go (b)ack to the text as it was?"
_ANSWERS = click.Choice(["e", "k", "b"])


@click.command("edit")
@click.argument("name", shell_complete=completion_values.field_names)
@common
@click.pass_context
def command(context: click.Context, /, name: str) -> int:
    """Open the file of the field NAME in $VISUAL or $EDITOR, and check it afterwards.

    With errors, it asks whether to edit again, to keep the text or to go back to the old one. Then
    the new text is kept in .fieldkeep/rejected. Exit code 1 if errors are kept.
    """
    project = project_of(context, storeless=True)
    before = hand_edit.begin(project, name)
    while True:
        _open(project, before)
        edit = hand_edit.look(project, before)
        _show(edit)
        if not (edit.is_change and edit.has_errors):
            return 0
        if not sys.stdin.isatty():
            _keep(project, edit)
            return 1
        match _asked(project, name, before):
            case "k":
                _keep(project, edit)
                return 1
            case "b":
                _go_back(project, edit)
                return 0


def _asked(project: Project, name: str, before: Source) -> str:
    """Raises click.Abort if there is no answer: what was typed stays, the other text is kept."""
    try:
        answer: str = click.prompt(
            _QUESTION, type=_ANSWERS, default="e", show_choices=False, err=True
        )
    except click.Abort:
        kept = os.path.relpath(hand_edit.keep(project, before), project.here)
        click.echo(err=True)
        tell(f"{before.path}: not valid, and left as it was typed")
        tell(f"`fieldkeep edit {name}` opens it again; the text before the edit is in {kept}")
        raise
    return answer


def _open(project: Project, before: Source) -> None:
    # Ctrl-C is the editor's: it may only stop a search there
    handler = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        click.edit(filename=str(project.here / before.path))
    except (click.ClickException, ValueError) as error:
        is_run = isinstance(error, click.ClickException)
        if is_run and hand_edit.look(project, before).is_change:
            tell(f"{error}; the file has changed all the same:")
            return
        raise UsageError(
            str(error) if is_run else f"VISUAL, or EDITOR, is no command: {error}",
            f"name an editor in VISUAL or EDITOR; {before.path} is as the editor left it",
        ) from error
    finally:
        signal.signal(signal.SIGINT, handler)


def _show(edit: HandEdit) -> None:
    path = edit.before.path
    if not edit.is_change:
        tell(f"{path}: nothing changed")
        return
    if edit.after:
        click.echo(draw(screens.stdout(), file_diff.lines(edit.before, edit.after)))
    for problem in edit.problems:
        click.echo(finding.lines(problem), err=True)
    if not edit.has_errors:
        tell(f"{path}: valid; `fieldkeep plan` shows what a sync would do")


def _keep(project: Project, edit: HandEdit) -> None:
    path = edit.before.path
    if edit.after:
        tell(f"{path}: kept as it was typed; `fieldkeep validate` says the same")
        return
    kept = hand_edit.keep(project, edit.before)
    tell(f"{path}: is gone; what it said is in {os.path.relpath(kept, project.here)}")


def _go_back(project: Project, edit: HandEdit) -> None:
    kept = hand_edit.go_back(project, edit)
    where = f"; what was typed is in {os.path.relpath(kept, project.here)}" if kept else ""
    tell(f"{edit.before.path}: as it was before{where}")

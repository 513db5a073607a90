"""`fieldkeep new`."""

from __future__ import annotations

import sys

import click

from fieldkeep.commands import completion_values, screens
from fieldkeep.commands.context import project_of
from fieldkeep.commands.options import common
from fieldkeep.commands.shown_edit import show, tell
from fieldkeep.core.document.attributes import NAME
from fieldkeep.core.edit.new_field import LEAVE_OUT, KnownLabel, Question
from fieldkeep.errors import UsageError
from fieldkeep.model import Json
from fieldkeep.operations import new_field
from fieldkeep.operations.field_edit import Files
from fieldkeep.render import known_label
from fieldkeep.render.screen import draw


@click.command("new")
@click.argument("name")
@click.argument(
    "assignments",
    nargs=-1,
    metavar="[ATTR=VALUE]...",
    shell_complete=completion_values.assignments,
)
@click.option("--dry-run", is_flag=True, help="Show the file, write nothing.")
@common
@click.pass_context
def command(
    context: click.Context, /, name: str, assignments: tuple[str, ...], dry_run: bool
) -> int:
    """Write a file for the field NAME, which has none yet.

    NAME is the Prometheus label: what the sources know of it is shown first. Without ATTR=VALUE, on
    a terminal, the usual attributes are asked for. The file is validated before it is written; one
    that is there is never written over.
    """
    project = project_of(context, storeless=True)
    asks = not assignments and sys.stdin.isatty() and sys.stderr.isatty()
    if not assignments and not asks:
        hint = f"for example: fieldkeep new {name} display_name='Rack' type=string"
        raise UsageError("nothing to write; questions are asked only on a terminal", hint)
    files = new_field.read(project)
    files.require_free(name)
    label = new_field.known(project, name)
    shown = known_label.lines(label, any_source=bool(project.settings.sources))
    if text := draw(screens.stderr(), shown):
        click.echo(text, err=True)
    question = f"Write a file for '{name}' all the same?"
    if asks and label.near and not click.confirm(question, err=True):
        tell("nothing was written")
        return 0
    entries = _asked(files, label) if asks else new_field.typed(files, name, assignments)
    return show(project, new_field.drafted(project, files, entries), dry_run=dry_run)


def _asked(files: Files, label: KnownLabel) -> dict[str, Json]:
    """The answers of a person. Raises click.Abort."""
    tell(
        "Enter leaves an attribute out: the application then decides, and begins with what is in"
        " brackets."
    )
    tell(f"Is the field live already? `fieldkeep adopt {label.name}` takes what it says there.")
    entries: dict[str, Json] = {NAME: label.name}
    for question in new_field.questions_about(label, files):
        if question.applies(entries):
            entries = _answer(files, entries, question)
    return entries


def _answer(files: Files, entries: dict[str, Json], question: Question) -> dict[str, Json]:
    """The entries with the answer; asked again until the schema takes it."""
    click.echo(err=True)
    tell(question.text)
    if question.choices:
        tell(f"    {question.choices}")
    offered = question.proposed or question.default
    asked = f"{question.attribute} [{offered}]" if offered else question.attribute
    while True:
        text = click.prompt(asked, default="", show_default=False, err=True)
        if text == LEAVE_OUT:
            return entries
        try:
            result = new_field.answered(files, entries, question, text)
        except UsageError as error:
            result = str(error)
        if isinstance(result, dict):
            return result
        tell(result)

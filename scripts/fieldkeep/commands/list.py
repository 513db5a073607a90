"""`fieldkeep list`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option, stale_option
from fieldkeep.commands.stored import connect, newest_document, tell_staleness
from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.errors import UsageError
from fieldkeep.operations.project import Project
from fieldkeep.render.field_columns import COLUMNS
from fieldkeep.render.fields import LIST, WIDE


def _columns(
    _context: click.Context, _option: click.Parameter, text: str | None
) -> tuple[str, ...] | None:
    """Raises UsageError."""
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in COLUMNS:
            hint = did_you_mean(name, COLUMNS, f"the columns are {', '.join(COLUMNS)}")
            raise UsageError(f"--columns: there is no column '{name}'", hint)
    return names


@click.command("list")
@click.option(
    "--columns",
    metavar="A,B,...",
    callback=_columns,
    shell_complete=values.columns,
    help="These columns: name, order, from, pages, ..., called as in a field file.",
)
@click.option(
    "--wide", is_flag=True, help="All columns; where they do not fit, a block for each field."
)
@stale_option
@format_option(LIST)
@takes_project
def command(
    project: Project, form: str, columns: Sequence[str] | None, *, wide: bool, stale: bool
) -> int:
    """List the fields that are live; from the newest valid backup if the document is gone."""
    store = connect(project, stale=stale)
    document = newest_document(project, store)
    tell_staleness(store, stale=stale)
    forms = WIDE if wide else LIST
    click.echo(forms[form](document, screens.stdout(), columns))
    return 0

"""`fieldkeep extract`."""

from __future__ import annotations

import click

from fieldkeep.commands.context import common, project_of
from fieldkeep.edges.labels import read_sources
from fieldkeep.errors import Unavailable, UsageError
from fieldkeep.model import Skipped
from fieldkeep.operations import labels
from fieldkeep.operations.project import read_context
from fieldkeep.render import extraction, label_comparison, label_explanation


@click.command("extract")
@click.option("--explain", metavar="LABEL", help="Show every rule that touches this label.")
@click.option(
    "--diff", nargs=2, metavar="A B", help="Compare two sources, places or commits (A to B)."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(extraction.FORMATS)),
    default="text",
    show_default=True,
)
@common
@click.pass_context
def command(
    context: click.Context, explain: str | None, diff: tuple[str, str] | None, form: str
) -> int:
    """Show the target labels that the sources attach, and the rule that sets each.

    A source that cannot be read is told as such; exit code 4 if none could.
    """
    found = project_of(context)
    if explain and diff:
        raise UsageError("--explain and --diff exclude each other", "give one of them")
    if diff:
        result = labels.compare(found, *diff)
        click.echo(label_comparison.FORMATS[form](*diff, result))
        return 0
    if explain:
        answers = labels.explain(found, explain)
        click.echo(label_explanation.FORMATS[form](explain, answers))
        failed = [isinstance(answer, Skipped) for answer in answers.values()]
    else:
        readings = read_sources.read_all(found.settings.sources, read_context(found))
        click.echo(extraction.FORMATS[form](readings))
        failed = [isinstance(reading, Skipped) for reading in readings]
    if failed and all(failed):
        raise Unavailable("no source could be read", "each one's reason is above")
    return 0

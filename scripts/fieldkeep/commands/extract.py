"""`fieldkeep extract`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option
from fieldkeep.errors import Unavailable, UsageError
from fieldkeep.model import Skipped
from fieldkeep.operations.project import Project
from fieldkeep.operations.sources import read_sources_of
from fieldkeep.render import extraction


@click.command("extract")
@click.option("--explain", metavar="LABEL", help="Show every rule that touches this label.")
@click.option(
    "--diff",
    nargs=2,
    metavar="A B",
    help="Compare two sources, places, commits or engines (A to B).",
)
@format_option(extraction.FORMATS)
@takes_project
def command(project: Project, explain: str | None, diff: tuple[str, str] | None, form: str) -> int:
    """Show the target labels that the sources attach, and the rule that sets each.

    A source that cannot be read is named with the reason. Exit code 4 if none can be read.
    """
    if explain and diff:
        raise UsageError("--explain and --diff exclude each other", "give one of them")
    if diff:
        from fieldkeep.operations import labels
        from fieldkeep.render import label_comparison

        comparison = labels.compare(project, *diff)
        click.echo(label_comparison.FORMATS[form](*diff, comparison, screens.stdout()))
        return 0
    if explain:
        from fieldkeep.operations import labels
        from fieldkeep.render import label_explanation

        explanations = labels.explain(project, explain)
        click.echo(label_explanation.FORMATS[form](explain, explanations, screens.stdout()))
        failed = [isinstance(answer, Skipped) for answer in explanations.values()]
    else:
        readings = read_sources_of(project)
        for part in extraction.FORMATS[form](readings, screens.stdout()):
            click.echo(part, nl=False)
        click.echo()
        failed = [isinstance(reading, Skipped) for reading in readings]
    if failed and all(failed):
        raise Unavailable("no source could be read", "each one's reason is above")
    return 0

"""`fieldkeep capture`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.evaluation import tell_standing, writer_of
from fieldkeep.commands.metrics_file import writes_metrics
from fieldkeep.commands.stored import connect, location
from fieldkeep.operations import capture
from fieldkeep.operations.project import Project
from fieldkeep.render.captured import text


@click.command("capture")
@takes_project
@writes_metrics("capture")
def command(project: Project) -> int:
    """Back up what is live if somebody edited it there; write nothing else.

    Writes backup, history and record, never the document, and nothing if a backup holds every edit.
    A value that is no document is set aside. Works while a hold is on. Needs neither the field
    files nor Prometheus.
    """
    store = connect(project)
    result = capture.capture(project, store, writer_of(project))
    tell_standing(project, store)
    click.echo(text(result.before, result.journal, location(project, store), screens.stdout()))
    return 0

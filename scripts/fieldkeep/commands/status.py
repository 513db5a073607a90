"""`fieldkeep status`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.evaluation import evaluate_working_tree
from fieldkeep.commands.metrics_file import writes_metrics
from fieldkeep.commands.options import format_option
from fieldkeep.commands.stored import connect
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_set_aside
from fieldkeep.render.status import FORMATS


@click.command("status")
@format_option(FORMATS)
@takes_project
@writes_metrics("status")
def command(project: Project, form: str) -> int:
    """Tell whether store and git agree, what drifted, and what was applied last.

    Exit code 2 if anything is pending.
    """
    store = connect(project)
    evaluation = evaluate_working_tree(project, store)
    aside = read_set_aside(store, project.settings)
    click.echo(FORMATS[form](evaluation, store.url, screens.stdout(), aside))
    return 2 if evaluation.plan.pending else 0

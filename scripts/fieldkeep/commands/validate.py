"""`fieldkeep validate`."""

from __future__ import annotations

from pathlib import Path

import click

from fieldkeep.commands.context import annotate, field_tree, takes_project
from fieldkeep.commands.options import format_option
from fieldkeep.core.fields.validate import validate
from fieldkeep.edges.files import fieldfiles
from fieldkeep.model import Severity
from fieldkeep.operations.project import Project, validated
from fieldkeep.render.findings import FORMATS


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@format_option(FORMATS)
@click.option(
    "--prometheus", is_flag=True, help="Check the Prometheus configurations of the sources too."
)
@takes_project
def command(project: Project, paths: tuple[str, ...], form: str, prometheus: bool) -> int:
    """Check field files and schema; every finding of every file in one run.

    Without PATH, all files of the fields folder, with the rules between files. Exit code 1 if there
    is an error; warnings alone end 0.
    """
    tree = field_tree(project)
    if paths:
        sources, unread = fieldfiles.named(tuple(map(Path, paths)), project.here)
        fields = validate(sources, tree.schema(fieldfiles.FIELD_SCHEMA), unread)
    else:
        fields = validated(tree)
    problems = list(fields.problems)
    if prometheus:
        from fieldkeep.operations import labels

        problems += labels.review(project, fields, tree.schema(fieldfiles.FIELD_SCHEMA))
    annotate(FORMATS[form](problems), meant=form == "github")
    return 1 if any(problem.severity is Severity.ERROR for problem in problems) else 0

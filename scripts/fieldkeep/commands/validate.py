"""`fieldkeep validate`."""

from __future__ import annotations

from pathlib import Path

import click

from fieldkeep.commands.context import annotate, common, fields_of, project_of
from fieldkeep.core.fields.validate import validate
from fieldkeep.edges.files import fieldfiles
from fieldkeep.model import Severity
from fieldkeep.operations import labels, project
from fieldkeep.render.findings import FORMATS


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option("--prometheus", is_flag=True, help="Check the relabel rules of the sources too.")
@common
@click.pass_context
def command(context: click.Context, paths: tuple[str, ...], form: str, prometheus: bool) -> int:
    """Check field files and schema; every finding of every file in one run.

    Without PATH, all files of the fields folder, with the rules between files. Exit code 1 if there
    is an error; warnings alone end 0.
    """
    found = project_of(context)
    tree = fields_of(found)
    if paths:
        sources, already = fieldfiles.named(tuple(Path(path) for path in paths), found.here)
        result = validate(sources, tree.schema(fieldfiles.FIELD_SCHEMA), already)
    else:
        result = project.validated(tree)
    problems = list(result.problems)
    if prometheus:
        problems += labels.review(found, result)
    annotate(FORMATS[form](problems), meant=form == "github")
    return 1 if any(one.severity is Severity.ERROR for one in problems) else 0

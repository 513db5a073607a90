"""`fieldkeep validate`."""

from __future__ import annotations

from pathlib import Path

import click

from fieldkeep import pipeline
from fieldkeep.commands.context import common, fields_of, project
from fieldkeep.core.validate import validate
from fieldkeep.edges import files
from fieldkeep.render.findings import FORMATS


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@common
@click.pass_context
def command(context: click.Context, paths: tuple[str, ...], form: str) -> int:
    """Check field files and schema; every finding of every file in one run.

    Without PATH, all files of the fields folder, with the rules between files. Exit code 1 if there
    is an error; warnings alone end 0.
    """
    found = project(context)
    tree = fields_of(found)
    if paths:
        sources, problems = files.named(tuple(Path(path) for path in paths), found.here)
        result = validate(sources, tree.schema(files.FIELD_SCHEMA), problems)
    else:
        result = pipeline.validated(tree)
    click.echo(FORMATS[form](result.problems))
    return 1 if result.errors else 0

"""`fieldkeep init`."""

from __future__ import annotations

import os
import shlex

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import now, program_name, working_directory
from fieldkeep.commands.given_flags import given
from fieldkeep.commands.options import Choice, common
from fieldkeep.commands.progress import Progress
from fieldkeep.core.init import CI_FILES
from fieldkeep.edges.files import installation
from fieldkeep.operations import init
from fieldkeep.operations.init import Wishes
from fieldkeep.render import init as render
from fieldkeep.settings.settings import Flags


@click.command("init")
@click.option(
    "--ci",
    type=Choice(list(CI_FILES)),
    help="Whose CI files to write; without it, those of the forge that is found.",
)
@click.option("--from-live", metavar="STORE", help="Adopt the fields that are live there.")
@click.option("--schema", is_flag=True, help="Write the schemas too, to edit them.")
@common
@click.pass_context
def command(context: click.Context, /, ci: str | None, from_live: str | None, schema: bool) -> int:
    """Begin a project in a git repository.

    Writes settings, a first field file or those that are live, and CI files, each only if nothing
    of its name is there. Names the Prometheus configurations of the repository as sources. Writes
    to no store.
    """
    flags = Flags(**given(context))
    here = working_directory(context)
    progress = Progress(screens.stderr(), quiet=flags.quiet)
    wishes = Wishes(ci, from_live, schema)
    begun = init.begin(here, flags, wishes, os.environ, progress.event, now)
    # uv's runner keeps the program in a folder of its own, which is not on PATH afterwards
    install = (
        f"uv tool install {shlex.quote(installation.requirement())}" if "UV" in os.environ else None
    )
    click.echo(render.text(begun, program_name(), screens.stdout(), install))
    return 0

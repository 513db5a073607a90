"""`fieldkeep github current`."""

from __future__ import annotations

import os

import click

from fieldkeep.commands.github import inputs
from fieldkeep.commands.options import common
from fieldkeep.errors import Refused

_NEWER = (
    "the newest commit's own run applies it; to apply an older state on purpose, start the"
    " recovery workflow with its ref"
)


@click.command("current")
@click.option("--branch", default="main", show_default=True, metavar="NAME")
@common
def command(branch: str) -> int:
    """Check that this run is of the newest commit of the branch, so that starting an old run again
    cannot put an old state back.

    Exit code 3 if the branch has moved on. The token needs `contents: read`.
    """
    from fieldkeep.edges.github.api import GitHub

    ours = inputs.commit(None, os.environ)
    with GitHub(os.environ) as github:
        head = github.head(branch)
    if head != ours:
        message = f"{branch} is at {head} and this run is of {ours}: nothing was written"
        raise Refused(message, _NEWER)
    click.echo(f"{branch} is at {head}, the commit of this run")
    return 0

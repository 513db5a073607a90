"""`fieldkeep github run`."""

from __future__ import annotations

import os

import click

from fieldkeep.commands.options import common
from fieldkeep.errors import Refused
from fieldkeep.render.words import printable

_EVENTS = ("push", "workflow_dispatch", "schedule")


@click.command("run")
@click.argument("number", type=click.IntRange(1), metavar="RUN")
@click.option("--branch", default="main", show_default=True, metavar="NAME")
@click.option("--workflow", "workflows", multiple=True, required=True, metavar="FILE")
@common
def command(number: int, branch: str, workflows: tuple[str, ...]) -> int:
    """Check that a run is of one of these workflow files on the branch, so that its artifacts are
    the pipeline's own: a branch's run can leave any file under any name.

    Exit code 3 if it is not. The token needs `actions: read`.
    """
    from fieldkeep.edges.github.api import GitHub

    with GitHub(os.environ) as github:
        run = github.run(number)
        here = github.repository
    file = run.path.partition("@")[0].removeprefix(".github/workflows/")
    is_ours = run.branch == branch and run.repository == here and run.event in _EVENTS
    if file not in workflows or not is_ours:
        what = printable(f"{run.path} on {run.branch} of {run.repository}, after {run.event}")
        raise Refused(
            f"run {number} is of {what}: its artifacts are not taken",
            f"name a run of {' or '.join(workflows)} on {branch}: the number ends its address",
        )
    click.echo(f"run {number} is of {file} on {branch}")
    return 0

"""`fieldkeep github allowed`."""

from __future__ import annotations

import os

import click

from fieldkeep.commands.github import inputs
from fieldkeep.commands.options import common
from fieldkeep.core.github.texts import allowed
from fieldkeep.render.words import printable


@click.command("allowed")
@click.argument("label", metavar="LABEL")
@click.option("--sha", metavar="COMMIT", help="The merged commit, if it is not GITHUB_SHA.")
@click.option("--branch", default="main", show_default=True, metavar="NAME")
@common
def command(label: str, sha: str | None, branch: str) -> int:
    """Print true if the pull request whose merge made the commit carries LABEL, else false.

    Only one that was merged into the branch, as that very commit, counts. Exit code 4, and nothing
    printed, if GitHub does not say. The token needs `pull-requests: read`.
    """
    from fieldkeep.edges.github.api import GitHub

    commit = inputs.commit(sha, os.environ)
    with GitHub(os.environ) as github:
        answer = allowed(github.pulls_of(commit), commit, branch, label)
    click.echo(printable(answer.why), err=True)
    click.echo("true" if answer.yes else "false")
    return 0

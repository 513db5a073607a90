"""`fieldkeep github flags`."""

from __future__ import annotations

import os

import click

from fieldkeep.commands import guard_flags
from fieldkeep.commands.github import inputs
from fieldkeep.commands.options import common
from fieldkeep.core.github import by_hand
from fieldkeep.core.github.texts import BREAKING_LABEL, allowed
from fieldkeep.render.words import printable


@click.command("flags")
@click.argument("chosen", metavar="FLAGS", default="")
@click.option("--label", default=BREAKING_LABEL, show_default=True, metavar="NAME")
@click.option("--sha", metavar="COMMIT", help="The merged commit, if it is not GITHUB_SHA.")
@click.option("--branch", default="main", show_default=True, metavar="NAME")
@common
def command(chosen: str, label: str, sha: str | None, branch: str) -> int:
    """Print the flags for plan and sync of this run: FLAGS, which somebody chose, and
    --allow-breaking if the pull request whose merge made the commit carries the label.

    Only one that was merged into the branch, as that very commit, counts. Exit code 64 if FLAGS
    holds anything but flags of guards; 4, and nothing printed, if GitHub does not say. The token
    needs `pull-requests: read`.
    """
    from fieldkeep.edges.github.api import GitHub

    flags = by_hand.guard_flags(chosen, guard_flags.NAMES)
    commit = inputs.commit(sha, os.environ)
    with GitHub(os.environ) as github:
        answer = allowed(github.pulls_of(commit), commit, branch, label)
    click.echo(printable(answer.why), err=True)
    breaking = ("--allow-breaking",) if answer.yes else ()
    click.echo(" ".join(dict.fromkeys((*breaking, *flags))))
    return 0

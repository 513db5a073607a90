"""`fieldkeep github request`."""

from __future__ import annotations

import os

import click

from fieldkeep.commands import guard_flags
from fieldkeep.commands.context import working_directory
from fieldkeep.commands.options import common
from fieldkeep.core.github import by_hand
from fieldkeep.edges.files import git
from fieldkeep.edges.files.git import Checkout
from fieldkeep.errors import InputError, Refused

_ANEW = "start the workflow anew: nothing was written"


@click.command("request")
@click.argument("form", metavar="JSON")
@click.option("--branch", default="main", show_default=True, metavar="NAME")
@common
@click.pass_context
def command(context: click.Context, form: str, branch: str) -> int:
    """Check what somebody asks of the recovery, and print it as NAME=VALUE lines for later jobs.

    JSON is the form, as `toJSON(inputs)`. Exit code 3 if it was not started from the branch, is not
    confirmed, or names what was never on the branch.
    """
    if (started := os.environ.get("GITHUB_REF")) != f"refs/heads/{branch}":
        raise Refused(f"start this from {branch}, not from {started}", _ANEW)
    request = by_hand.recovery(form, guard_flags.NAMES)
    commit, flags = "", request.allow
    if request.ref:
        commit = _reviewed(git.find(working_directory(context)), request.ref, branch)
        flags = (*dict.fromkeys((*flags, "--allow-rollback")), "--ref", commit)
    for name in ("environment", "action", "backup", "expect", "run", "reason"):
        click.echo(f"{name}={getattr(request, name)}")
    click.echo(f"flags={' '.join(flags)}")
    click.echo(f"commit={commit}")
    return 0


def _reviewed(checkout: Checkout | None, ref: str, branch: str) -> str:
    """The commit that a ref names, which has to be in the branch's past. Raises Refused."""
    if checkout is None:
        raise Refused("there is no checkout, so no ref is known", "check out the branch first")
    for name in (ref, f"origin/{ref}"):
        try:
            commit = checkout.resolve(name)
        except InputError:
            continue
        if checkout.is_ancestor(commit, f"origin/{branch}"):
            return commit
        message = f"the ref is not in the past of {branch}: only what was reviewed is applied"
        raise Refused(message, _ANEW)
    raise Refused("the ref is no commit of this repository", _ANEW)

"""`fieldkeep propose`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import partial

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.github import inputs
from fieldkeep.commands.options import format_option
from fieldkeep.commands.stored import connect
from fieldkeep.core.propose.proposal import Proposal
from fieldkeep.edges.files.branches import Branches, Login
from fieldkeep.edges.trusted_hosts import require_trusted
from fieldkeep.errors import InputError, UsageError
from fieldkeep.operations import propose
from fieldkeep.operations.project import Project
from fieldkeep.operations.propose import Forge, Names, Texts
from fieldkeep.render import proposal as render

_GITHUB = "https://github.com"


@click.command("propose")
@format_option(render.FORMATS)
@click.option("--branch", metavar="NAME", help="The proposal's branch.  [default: fieldkeep/ENV]")
@click.option("--base", metavar="NAME", help="The branch to propose to, if not origin's main one.")
@click.option("--prefix", default="", metavar="TEXT", help="Begin each commit's message with this.")
@click.option("--dry-run", is_flag=True, help="Show what would be proposed, write nothing.")
@click.option("--exit-code", is_flag=True, help="Exit with 2 if an edit waits for a merge.")
@takes_project
def command(
    project: Project,
    /,
    form: str,
    branch: str | None,
    base: str | None,
    prefix: str,
    dry_run: bool,
    exit_code: bool,
) -> int:
    """Propose what people changed in the application: a branch with a commit for each field, and
    one pull request with the plan.

    The pull request needs GITHUB_TOKEN, with `contents: write` and `pull-requests: write`; without
    it, the branch stays here. Touches neither the working tree nor the store. What somebody closed
    without a merge is not proposed again until it changes.
    """
    if not prefix.isprintable():
        raise UsageError("--prefix holds a line break or a control character", "give one line")
    if project.checkout is None:
        raise InputError("this is no git checkout", "clone the repository, and run it there")
    git = Branches(project.checkout.root)
    store = connect(project)
    with _forge(project, git) as forge:
        git = _with_login(project, git) if forge else git
        found = propose.draft(project, store, git, Names(branch, base), forge)
        outcome = None
        if isinstance(found, Proposal) and not dry_run:
            outcome = propose.carry_out(git, found, _texts(project, found, prefix), forge)
    click.echo(render.FORMATS[form](found, outcome, screens.stdout()))
    return 2 if exit_code and isinstance(found, Proposal) and found.edits else 0


def _texts(project: Project, found: Proposal, prefix: str) -> Texts:
    environment = project.settings.environment
    url = inputs.run_url(None, project.variables)
    return Texts(
        lambda change: render.message(change, environment, prefix),
        render.title(found),
        partial(render.body, found, url),
    )


def _forge(project: Project, git: Branches) -> AbstractContextManager[Forge | None]:
    """GitHub, if there is a token and ``origin`` is there. Raises UsageError, Refused."""
    variables = dict(project.variables)
    if not variables.get("GITHUB_REPOSITORY"):
        host, _, repository = (git.origin() or "").partition("/")
        if host != _server(project).partition("://")[2]:
            return nullcontext()
        variables["GITHUB_REPOSITORY"] = repository
    if not variables.get("GITHUB_TOKEN", "").strip():
        return nullcontext()
    from fieldkeep.edges.github.api import GitHub

    return GitHub(variables)


def _server(project: Project) -> str:
    return (project.variables.get("GITHUB_SERVER_URL") or _GITHUB).rstrip("/")


def _with_login(project: Project, git: Branches) -> Branches:
    """The token goes to GitHub's own server only; by SSH, git has keys of its own."""
    server = _server(project)
    is_there = any(url.startswith(f"{server}/") for url in git.remote_urls())
    if not is_there or not server.startswith("https://"):
        return git
    require_trusted("the token in the variable GITHUB_TOKEN", server, project.variables)
    token = project.variables["GITHUB_TOKEN"].strip()
    return Branches(git.root, Login(server, "x-access-token", token))

"""`fieldkeep github issue`."""

from __future__ import annotations

import os

import click

from fieldkeep.commands.context import working_directory
from fieldkeep.commands.github import inputs
from fieldkeep.commands.options import common
from fieldkeep.core.github import statusdata
from fieldkeep.core.github.statusdata import Overview
from fieldkeep.core.github.texts import DRIFT_LABEL, DRIFT_MARK, ours
from fieldkeep.edges.files import installation
from fieldkeep.errors import Unavailable
from fieldkeep.render import drift


@click.command("issue")
@click.argument("sections", nargs=-1, required=True, metavar="ENV=FILE...")
@inputs.writing
@common
@click.pass_context
def command(
    context: click.Context,
    sections: tuple[str, ...],
    author: str,
    run_url: str | None,
    dry_run: bool,
) -> int:
    """Keep one open issue as long as anything drifts: open it, edit it, close it when all is gone.

    FILE is what `status --format json` printed. An environment that could not be read closes
    nothing, and makes it exit with 4. The token needs `issues: write`.
    """
    url = inputs.run_url(run_url, os.environ)
    overview = Overview(inputs.sections(sections, working_directory(context), statusdata.read))
    body = drift.issue(overview, url, installation.page("glossary"))
    click.echo(body if dry_run else _update(overview, author, url, body))
    if overview.unread:
        names = ", ".join(overview.unread)
        raise Unavailable(f"could not tell whether these environments drift: {names}", _LOOK)
    return 0


_LOOK = "look at the step that wrote its status"


def _update(overview: Overview, author: str, url: str, body: str) -> str:
    from fieldkeep.edges.github.api import GitHub

    with GitHub(os.environ) as github:
        mine = ours(github.open_issues(DRIFT_LABEL), DRIFT_MARK, author)
        if not overview.drifting and not overview.unread:
            if mine is None:
                return "in sync: there is no issue to close"
            closed = github.close_issue(mine.number)
            github.comment_issue(mine.number, drift.gone(url))
            return f"closed: {closed.url}"
        if mine is None:
            if not overview.drifting:
                return "no issue: no drift is known"
            return f"opened: {github.open_issue(drift.TITLE, body, DRIFT_LABEL).url}"
        if drift.lasting(mine.body) == drift.lasting(body):
            return f"unchanged: {mine.url}"
        return f"edited: {github.edit_issue(mine.number, drift.TITLE, body).url}"

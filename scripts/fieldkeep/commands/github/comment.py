"""`fieldkeep github comment`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from fieldkeep.commands.context import working_directory
from fieldkeep.commands.github import inputs
from fieldkeep.commands.options import common
from fieldkeep.core.github.texts import PLAN_MARK, ours, same
from fieldkeep.core.plan import plan
from fieldkeep.edges.files import installation
from fieldkeep.edges.github import job_summary
from fieldkeep.render.markdown import SUMMARY_BYTES
from fieldkeep.render.report import Section, report


@click.command("comment")
@click.argument("sections", nargs=-1, required=True, metavar="TITLE=FILE...")
@click.option("--pull-request", "number", type=click.IntRange(1), required=True, metavar="N")
@click.option(
    "--page",
    "pages",
    multiple=True,
    metavar="TITLE=FILE",
    help="Link a plan's page, the artifact of this run whose number is in FILE. Repeatable.",
)
@click.option("--commit", metavar="SHA", default="", help="Say that the plans are of this one.")
@click.option("--summary", metavar="FILE", help="Append the whole to this file.")
@inputs.writing
@common
@click.pass_context
def command(
    context: click.Context,
    sections: tuple[str, ...],
    number: int,
    pages: tuple[str, ...],
    commit: str,
    author: str,
    run_url: str | None,
    summary: str | None,
    dry_run: bool,
) -> int:
    """Write plans into one comment of a pull request, edited in place.

    FILE is what `plan --format json` printed; one that is not there, or holds something else, is
    named as a plan that is missing. The token needs `pull-requests: write`.
    """
    folder, url = working_directory(context), inputs.run_url(run_url, os.environ)
    read = inputs.sections(sections, folder, plan.read)
    linked = inputs.pages(pages, folder, url)
    plans = [Section(title, reading, linked.get(title, "")) for title, reading in read.items()]
    glossary = installation.page("glossary")
    if summary:
        path = Path(folder, summary)
        space = SUMMARY_BYTES - job_summary.size(path)
        job_summary.append(path, report(plans, url, space, commit, glossary))
    body = f"{PLAN_MARK}\n\n{report(plans, url, commit=commit, glossary=glossary)}"
    if dry_run:
        click.echo(body, nl=False)
        return 0
    click.echo(_written(number, author, body))
    return 0


def _written(number: int, author: str, body: str) -> str:
    from fieldkeep.edges.github.api import GitHub

    with GitHub(os.environ) as github:
        mine = ours(github.comments(number), PLAN_MARK, author)
        if mine is None:
            return f"created: {github.comment(number, body).url}"
        if same(mine.body, body):
            return f"unchanged: {mine.url}"
        return f"edited: {github.edit_comment(mine.number, body).url}"

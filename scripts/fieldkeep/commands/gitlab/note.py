"""`fieldkeep gitlab note`."""

from __future__ import annotations

import os

import click

from fieldkeep.commands.context import working_directory
from fieldkeep.commands.github.inputs import sections
from fieldkeep.commands.options import common
from fieldkeep.core.github.texts import PLAN_MARK, same
from fieldkeep.core.plan import plan
from fieldkeep.edges.files import installation
from fieldkeep.render.report import Section, report


@click.command("note")
@click.argument("plans", nargs=-1, required=True, metavar="TITLE=FILE...")
@click.option("--merge-request", "number", type=click.IntRange(1), required=True, metavar="IID")
@click.option("--dry-run", is_flag=True, help="Print the text, write nothing to GitLab.")
@common
@click.pass_context
def command(context: click.Context, plans: tuple[str, ...], number: int, dry_run: bool) -> int:
    """Write plans into one note of a merge request, edited in place.

    FILE is what `plan --format json` printed; one that is not there, or holds something else, is
    named as a plan that is missing.
    """
    read = sections(plans, working_directory(context), plan.read)
    found = [Section(title, reading) for title, reading in read.items()]
    page = os.environ.get("CI_JOB_URL", "")
    commit, glossary = os.environ.get("CI_COMMIT_SHA", ""), installation.page("glossary")
    body = f"{PLAN_MARK}\n\n{report(found, page, commit=commit, glossary=glossary)}"
    if dry_run:
        click.echo(body, nl=False)
        return 0
    click.echo(_written(number, body))
    return 0


def _written(number: int, body: str) -> str:
    from fieldkeep.edges.gitlab.api import GitLab

    with GitLab(os.environ) as gitlab:
        marked = [note for note in gitlab.own_notes(number) if note.body.startswith(PLAN_MARK)]
        if not marked:
            gitlab.write_note(number, body)
            return "created"
        if same(marked[0].body, body):
            return "unchanged"
        gitlab.edit_note(number, marked[0].number, body)
        return "edited"

"""`fieldkeep sync`."""

from __future__ import annotations

import click

from fieldkeep import pipeline
from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, fields_of, place, program, project
from fieldkeep.core.guards import Allowed
from fieldkeep.core.survey import Request
from fieldkeep.render import plans, state


@click.command("sync")
@click.option("--ref", metavar="REV", help="Apply the fields and schema of this commit.")
@click.option("--dry-run", is_flag=True, help="Go as far as the guards, write nothing.")
@click.option("--reason", metavar="TEXT", default="sync", help="Why; kept with the backup.")
@click.option("--backup-dir", "copies", metavar="DIR", help="Keep a copy of each new backup here.")
@click.option("--prune", is_flag=True, help="Delete orphans: live, but in no file and no source.")
@click.option("--allow-deletes", "deletes", is_flag=True, help="Allow many fields to be deleted.")
@click.option("--allow-changes", "changes", is_flag=True, help="Allow most fields to change.")
@click.option("--allow-empty", "empty", is_flag=True, help="Allow a folder without field files.")
@click.option("--allow-rollback", "rollback", is_flag=True, help="Allow an older commit than live.")
@click.option("--allow-breaking", "breaking", is_flag=True, help="Allow breaking what others use.")
@click.option("--take-over", is_flag=True, help="Take the key over from another owner.")
@click.option("--override-hold", "hold", is_flag=True, help="Write although there is a hold.")
@click.option(
    "--require-all-sources", is_flag=True, help="Write nothing if a source cannot be read."
)
@common
@click.pass_context
def command(
    context: click.Context,
    /,
    ref: str | None,
    dry_run: bool,
    reason: str,
    copies: str | None,
    prune: bool,
    require_all_sources: bool,
    **allowed: bool,
) -> int:
    """Apply the field files to the store: merge, back up, write, read back.

    Never asks. An error in any field file ends it with 1 before the store is read.
    """
    found = project(context)
    wish = pipeline.desired(found, fields_of(found, ref))
    if require_all_sources or found.settings.require_all_sources:
        pipeline.require_all(wish.readings)
    store = common_context.store(found)
    request = Request(
        common_context.origin(found, ref),
        Allowed(**allowed),
        prune,
        found.settings.history,
        store.limits,
    )
    if dry_run:
        survey = pipeline.plan(found, store, wish, request)
        click.echo(plans.text(survey.plan, place(found, store)))
        pipeline.allow(survey)
        return 0
    folder = None if copies is None else found.here / copies
    done = pipeline.sync(found, store, wish, request, reason, folder)
    setting = state.Setting(store.url, wish.readings, program())
    for survey, journal in done.applied:
        click.echo(state.applied(survey, journal, setting))
    if not done.applied:
        click.echo(state.unchanged(done.last, setting))
    return 0

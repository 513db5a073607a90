"""`fieldkeep restore`."""

from __future__ import annotations

import click

from fieldkeep import pipeline
from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, fields_of, project
from fieldkeep.core.guards import Allowed
from fieldkeep.core.restore import choose, restoration
from fieldkeep.errors import UsageError
from fieldkeep.render import state


@click.command("restore")
@click.argument("which", required=False, metavar="[N|TIMESTAMP|COMMIT]")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept with the backup.")
@click.option("--yes", is_flag=True, help="Write what the preview shows.")
@click.option("--take-over", is_flag=True, help="Restore although the key has another owner.")
@click.option("--override-hold", "hold", is_flag=True, help="Restore although there is a hold.")
@common
@click.pass_context
def command(
    context: click.Context, /, which: str | None, reason: str, yes: bool, **allowed: bool
) -> int:
    """Put a backup back, after a preview. Without an argument, the one before the last apply.

    A number is that of `fieldkeep history`; a time means the newest backup not after it (UTC unless
    it says otherwise). Needs neither the field files nor Prometheus.
    """
    found = project(context)
    store = common_context.store(found)
    snapshot, known = pipeline.look(store, found.settings)
    schema = pipeline.document_schema(fields_of(found))
    wanted = restoration(
        choose(known.shelf, which),
        snapshot,
        known,
        schema,
        common_context.origin(found),
        depth=found.settings.history,
        now=found.clock(),
        allowed=Allowed(**allowed),
    )
    click.echo(state.preview(wanted))
    if not wanted.changes:
        return 0
    if not yes:
        raise UsageError("nothing was written", "add --yes to put this back")
    pipeline.restore(found, store, wanted, reason)
    click.echo(f"restored the backup of {wanted.backup.timestamp} to {store.url}")
    click.echo("the next sync applies what git says again: change the field files before it runs")
    return 0

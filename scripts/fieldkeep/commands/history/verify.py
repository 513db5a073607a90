"""`fieldkeep history verify`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, project_of
from fieldkeep.core.stored.verify import verify
from fieldkeep.operations import project
from fieldkeep.render.history import VERIFY


@click.command("verify")
@click.option(
    "--format", "form", type=click.Choice(list(VERIFY)), default="text", show_default=True
)
@common
@click.pass_context
def command(context: click.Context, form: str) -> int:
    """Check every entry's checksum, the serials, the record, and that what is live came through us.

    Exit code 1 if there is a finding.
    """
    found = project_of(context)
    snapshot, stored = project.read_store(common_context.store(found), found.settings)
    findings = verify(snapshot, stored)
    click.echo(VERIFY[form](stored.history.entries, findings))
    return 1 if any(not finding.note for finding in findings) else 0

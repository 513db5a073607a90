"""`fieldkeep history verify`."""

from __future__ import annotations

import click

from fieldkeep.commands import screens
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option
from fieldkeep.commands.stored import connect
from fieldkeep.core.stored.verify import verify
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_store
from fieldkeep.render.history import VERIFY


@click.command("verify")
@format_option(VERIFY)
@takes_project
def command(project: Project, form: str) -> int:
    """Check every entry's checksum, the serials, the record, and that fieldkeep wrote what is live.

    Exit code 1 if there is a finding.
    """
    snapshot, stored = read_store(connect(project), project.settings)
    findings = verify(snapshot, stored)
    click.echo(VERIFY[form](stored.history.entries, findings, screens.stdout()))
    return 1 if any(not finding.note for finding in findings) else 0

"""`fieldkeep restore`."""

from __future__ import annotations

import click

from fieldkeep.commands.context import (
    connect,
    field_tree,
    location,
    require_reason,
    takes_project,
    writer_of,
)
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.restore import fromfile
from fieldkeep.core.restore.restore import RestoreOptions, restoration
from fieldkeep.core.restore.versions import choose
from fieldkeep.core.stored.exported import ExportedFile
from fieldkeep.edges.files import input_files
from fieldkeep.errors import UsageError
from fieldkeep.operations import restore
from fieldkeep.operations.project import (
    Project,
    desired_without_sources,
    document_schema,
    read_store,
)
from fieldkeep.render import restoration as render


@click.command("restore")
@click.argument("which", required=False, metavar="[N|TIMESTAMP|COMMIT]")
@click.option("--previous", is_flag=True, help="The one before the last apply, number 1.")
@click.option("--from-file", "file", metavar="FILE", help="Take it from a file.")
@click.option("--reason", metavar="TEXT", help="Why; kept with the backup. --yes needs it.")
@click.option("--yes", is_flag=True, help="Write what the preview shows.")
@click.option("--dry-run", is_flag=True, help="Show the preview, and end.")
@click.option("--no-hold", is_flag=True, help="Let the next sync undo it.")
@click.option("--take-over", is_flag=True, help="Restore although the key has another owner.")
@click.option("--override-hold", "hold", is_flag=True, help="Restore although there is a hold.")
@takes_project
def command(
    project: Project,
    /,
    which: str | None,
    previous: bool,
    file: str | None,
    reason: str | None,
    yes: bool,
    dry_run: bool,
    no_hold: bool,
    **allowed: bool,
) -> int:
    """Put a backup back, after a preview. Without an argument, the one before the last apply.

    A number is that of `fieldkeep history`; a time means the newest backup not after it (UTC unless
    it says otherwise). A file holds a document, a backup, or what `fieldkeep history export` wrote.
    Needs neither the field files nor Prometheus.

    What the next sync would undo is put on hold for four hours.
    """
    if previous and (which or file):
        raise UsageError("--previous says which backup already", "leave one of the two out")
    if yes and dry_run:
        raise UsageError("--dry-run writes nothing, --yes writes", "leave one of the two out")
    if yes and reason is None:
        raise UsageError("--yes needs a reason", "add --reason TEXT: it is kept with the backup")
    why = require_reason(reason) if reason is not None else ""
    own = project.settings
    exported = None if file is None else _exported(project, file)
    store = connect(project)
    snapshot, stored = read_store(store, own)
    tree = field_tree(project)
    planned = restoration(
        fromfile.pick(exported, which) if exported else choose(stored.history, which),
        snapshot,
        stored,
        RestoreOptions(
            writer_of(project),
            document_schema(tree),
            own.history,
            Allowed(**allowed),
            not no_hold,
            own.thresholds,
        ),
        desired=desired_without_sources(project, tree),
        now=project.clock(),
    )
    restore.rehearse(project, store, planned)
    click.echo(render.preview(planned, location(project, store)))
    if dry_run or not planned.changes:
        return 0
    if not yes:
        raise UsageError("nothing was written", "add --reason TEXT --yes to put this back")
    restore.restore(project, store, planned, why)
    title = f"the backup of {planned.backup.timestamp}" if file is None else file
    click.echo(render.restored(planned, title, location(project, store)))
    return 0


def _exported(project: Project, file: str) -> ExportedFile:
    """Raises InputError."""
    source = input_files.read(project.here / file, file)
    return fromfile.parse(source, project.settings.key)

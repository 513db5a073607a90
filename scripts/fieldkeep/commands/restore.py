"""`fieldkeep restore`."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import screens
from fieldkeep.commands.context import field_tree, require_reason, takes_project
from fieldkeep.commands.evaluation import tell_standing, writer_of
from fieldkeep.commands.metrics_file import writes_metrics
from fieldkeep.commands.stored import connect, location
from fieldkeep.core.notice import of_restored
from fieldkeep.core.plan.guards import Allowed
from fieldkeep.core.restore import fromfile
from fieldkeep.core.restore.one_field import Part, numbered
from fieldkeep.core.restore.restore import RestoreOptions, restoration
from fieldkeep.core.restore.versions import choose, require_expected
from fieldkeep.edges.files import input_files
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import UsageError
from fieldkeep.model import Source
from fieldkeep.operations import restore
from fieldkeep.operations.desired import desired_without_sources, document_schema
from fieldkeep.operations.notify import notifying
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import document_set_aside, read_store, store_time
from fieldkeep.render import restoration as render

_ASIDE: Final = "Take it from a value that was set aside: N of `history`."


@click.command("restore")
@click.argument("which", required=False, metavar="[N|TIMESTAMP|COMMIT]")
@click.argument("field", required=False, metavar="[FIELD", shell_complete=values.field_names)
@click.argument("attribute", required=False, metavar="[ATTRIBUTE]]")
@click.option("--previous", is_flag=True, help="The one before the last apply, number 1.")
@click.option(
    "--from-file", "file", metavar="FILE", help="Take it from a file.", shell_complete=values.files
)
@click.option("--from-aside", "aside", type=click.IntRange(0), metavar="N", help=_ASIDE)
@click.option(
    "--expect", metavar="SERIAL|TIME", help="Restore only if the backup has this serial or time."
)
@click.option("--reason", metavar="TEXT", help="Why; kept with the backup. --yes needs it.")
@click.option("--yes", is_flag=True, help="Write what the preview shows.")
@click.option("--dry-run", is_flag=True, help="Show the preview, and end.")
@click.option("--no-hold", is_flag=True, help="Let the next sync undo it.")
@click.option("--take-over", is_flag=True, help="Restore although the key has another owner.")
@click.option("--override-hold", "hold", is_flag=True, help="Restore although there is a hold.")
@takes_project
@writes_metrics("restore")
def command(
    project: Project,
    /,
    which: str | None,
    field: str | None,
    attribute: str | None,
    previous: bool,
    file: str | None,
    aside: int | None,
    expect: str | None,
    reason: str | None,
    yes: bool,
    dry_run: bool,
    no_hold: bool,
    **allowed: bool,
) -> int:
    """Put a backup back, after a preview. Without an argument, the one before the last apply.

    A number is that of `fieldkeep history`; a time means the newest backup not after it (UTC unless
    it says otherwise). A file holds a document, a backup, or what `fieldkeep history export` wrote.
    Needs neither the field files nor Prometheus. A number moves with every new backup: --expect,
    with the serial or the time that the preview shows, binds it to what was looked at.

    With FIELD, only that field is put back, with ATTRIBUTE only that: by its name in the document
    or in a field file. All else stays as it is live. Without a number, the newest backup is taken
    in which it is another: `fieldkeep restore company display_name`.

    What the next sync would undo is put on hold for four hours.
    """
    if previous and (which or file or aside is not None):
        raise UsageError("--previous says which backup already", "leave one of the two out")
    if file and aside is not None:
        raise UsageError("--from-file and --from-aside exclude each other", "leave one out")
    if yes and dry_run:
        raise UsageError("--dry-run writes nothing, --yes writes", "leave one of the two out")
    if yes and reason is None:
        raise UsageError("--yes needs a reason", "add --reason TEXT: it is kept with the backup")
    why = require_reason(reason) if reason is not None else ""
    own = project.settings
    store = connect(project)
    source = _source(project, store, file, aside)
    exported = fromfile.parse(source, own.key) if source else None
    snapshot, stored = read_store(store, own)
    tree = field_tree(project)
    if not exported:
        which, field, attribute = numbered(stored, which, field, attribute)
    backup = fromfile.pick(exported, which) if exported else choose(stored.history, which)
    if expect is not None:
        require_expected(backup, expect)
    planned = restoration(
        backup,
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
        now=store_time(project, store),
        part=None if field is None else Part(field, attribute),
    )
    restore.rehearse(project, store, planned)
    click.echo(render.preview(planned, location(project, store), screens.stdout()))
    tell_standing(project, store)
    if dry_run or not planned.puts_something_back:
        return 0
    if not yes:
        raise UsageError("nothing was written", "add --reason TEXT --yes to put this back")
    with notifying(project) as notifier:
        journal = restore.restore(project, store, planned, why)
        now, environment = project.clock(), own.environment
        notifier.tell([of_restored(planned, journal, own.keys, why, now, environment)])
        title = source.path if source else f"the backup of {planned.backup.timestamp}"
        click.echo(
            render.restored(planned, journal, title, location(project, store), screens.stdout())
        )
    return 0


def _source(project: Project, store: Store, file: str | None, aside: int | None) -> Source | None:
    """What is restored instead of a backup. Raises InputError."""
    if file is not None:
        return input_files.read(project.here / file, file)
    return None if aside is None else document_set_aside(project, store, aside)

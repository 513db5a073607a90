"""`fieldkeep history export`."""

from __future__ import annotations

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands.context import takes_project
from fieldkeep.commands.options import format_option, stale_option
from fieldkeep.commands.stored import connect, location, tell_staleness
from fieldkeep.core.common.words import number
from fieldkeep.core.stored.export import FORMATS, encode
from fieldkeep.core.stored.snapshot import Snapshot
from fieldkeep.edges.files import atomic_files
from fieldkeep.errors import InputError
from fieldkeep.model import Absent
from fieldkeep.operations.project import Project
from fieldkeep.operations.stored import read_set_aside_keys, read_store
from fieldkeep.render.words import printable


@click.command("export")
@click.argument("file", metavar="FILE", shell_complete=values.files)
@stale_option
@format_option(FORMATS, "json")
@takes_project
def command(project: Project, file: str, form: str, *, stale: bool) -> int:
    """Write document, backups, record and what was set aside to a new file; to stdout if FILE is -.

    `--format consul` is what `consul kv import` takes. `fieldkeep restore --from-file` reads both.
    """
    store = connect(project, stale=stale)
    snapshot, stored = read_store(store, project.settings)
    keys = snapshot.keys
    if all(isinstance(snapshot[key], Absent) for key in keys.all if key != keys.hold):
        raise InputError(
            f"there is nothing at {location(project, store)}", "`fieldkeep sync` begins it"
        )
    aside = read_set_aside_keys(store, project.settings)
    tell_staleness(store, stale=stale)
    snapshot = Snapshot(keys, {**snapshot.values, **aside})
    content = encode(FORMATS[form](snapshot, stored, store.url, project.clock()))
    if file == "-":
        click.echo(content, nl=False)
        return 0
    path = project.here / file
    atomic_files.save(path.parent, {path.name: content})
    count = number(len(stored.history.entries), "backup")
    click.echo(f"exported: the document and {count} to {printable(file)}")
    return 0

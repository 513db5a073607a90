"""`fieldkeep history export`."""

from __future__ import annotations

import click

from fieldkeep.commands import context as common_context
from fieldkeep.commands.context import common, place, project_of
from fieldkeep.core.common.words import number
from fieldkeep.core.stored.export import FORMATS, encode
from fieldkeep.edges.files import atomic_files
from fieldkeep.errors import InputError
from fieldkeep.model import Absent
from fieldkeep.operations import project
from fieldkeep.render.words import printable


@click.command("export")
@click.argument("file", metavar="FILE")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="json", show_default=True
)
@common
@click.pass_context
def command(context: click.Context, file: str, form: str) -> int:
    """Write document, backups and record to a new file; to standard output if FILE is -.

    `--format consul` is what `consul kv import` takes. `fieldkeep restore --from-file` reads both.
    """
    found = project_of(context)
    store = common_context.store(found)
    snapshot, stored = project.read_store(store, found.settings)
    keys = snapshot.keys
    if all(isinstance(snapshot[key], Absent) for key in keys.all if key != keys.hold):
        raise InputError(f"there is nothing at {place(found, store)}", "`fieldkeep sync` begins it")
    content = encode(FORMATS[form](snapshot, stored, store.url, found.clock()))
    if file == "-":
        click.echo(content, nl=False)
        return 0
    path = found.here / file
    atomic_files.save(path.parent, {path.name: content})
    count = number(len(stored.history.entries), "backup")
    click.echo(f"exported: the document and {count} to {printable(file)}")
    return 0

"""`fieldkeep schema`."""

from __future__ import annotations

import click

from fieldkeep.commands.options import Choice
from fieldkeep.edges.files import fieldfiles, packaged


@click.command("schema")
@click.argument(
    "which", type=Choice(["field", "document"]), default="field", metavar="[field|document]"
)
@click.option("--document", is_flag=True, help="The same as `fieldkeep schema document`.")
def command(which: str, document: bool) -> int:
    """Print the schema of field files, or of the document in the store, that this version contains.

    It checks the projects that have no schema of their own in the folder `schema/`.
    """
    is_document = document or which == "document"
    name = fieldfiles.DOCUMENT_SCHEMA if is_document else fieldfiles.FIELD_SCHEMA
    click.echo(packaged.schema(name).content, nl=False)
    return 0

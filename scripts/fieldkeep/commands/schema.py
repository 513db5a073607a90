"""`fieldkeep schema`."""

from __future__ import annotations

import click

from fieldkeep.edges.files import fieldfiles, packaged


@click.command("schema")
@click.option("--document", is_flag=True, help="The schema of the document in the store instead.")
def command(document: bool) -> int:
    """Print the schema of field files that this version contains.

    It checks every project without a file of that name in its folder `schema/`.
    """
    name = fieldfiles.DOCUMENT_SCHEMA if document else fieldfiles.FIELD_SCHEMA
    click.echo(packaged.schema(name).content, nl=False)
    return 0

"""`fieldkeep version`."""

from __future__ import annotations

import click

from fieldkeep import __version__


@click.command("version")
def command() -> int:
    """Print the version, as `fieldkeep --version` does."""
    click.echo(f"fieldkeep {__version__}")
    return 0

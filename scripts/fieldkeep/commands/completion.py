"""`fieldkeep completion`."""

from __future__ import annotations

import click

from fieldkeep.commands.options import Choice

_SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=Choice(_SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the script that completes commands, options and values in this shell.

    `fieldkeep help completion` says where each shell keeps it. For now only: eval
    "$(fieldkeep completion bash)"
    """
    from fieldkeep.commands.shells import SHELLS, VARIABLE

    cli = context.find_root().command
    click.echo(SHELLS[shell](cli, {}, "fieldkeep", VARIABLE).source(), nl=False)
    return 0

"""The group. Each command is a module of its own, imported only when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from fieldkeep import __version__
from fieldkeep.commands.context import common
from fieldkeep.core.suggest import did_you_mean

# In the order of a day's work, which is also the order of the help.
_COMMANDS: Final = {
    "validate": "Check field files and schema.",
    "extract": "Show the labels that the sources attach.",
    "plan": "Show what a sync would change.",
    "sync": "Apply the field files to the store.",
    "status": "Tell whether store and git agree.",
    "get": "Show one field as it is live.",
    "list": "List the fields that are live.",
    "history": "List the backups.",
    "restore": "Put a backup back.",
    "adopt": "Take edits from the application into git.",
    "doctor": "Check settings, store, rights, sources and git.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        _ = ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        _ = ctx
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"fieldkeep.commands.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], _COMMANDS, "`fieldkeep --help` lists them")
            ctx.fail(f"There is no command '{args[0]}': {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table above, so that --help imports no command."""
        _ = ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@common
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Keep what people say about Prometheus target labels in git, and apply it.

    Exit codes: 0 fine, 1 findings in the input, 2 changes or drift pending
    (where asked), 3 refused by a guard, 4 git, Prometheus or the store failed,
    5 conflict, 64 wrong command line or settings.
    """

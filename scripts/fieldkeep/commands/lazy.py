"""A group whose commands are modules of their own, imported only when they are called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Lazy(click.Group):
    """``table`` holds the commands with their help; their modules lie in ``package``."""

    def __init__(
        self, *arguments: Any, table: Mapping[str, str], package: str, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.table, self.package = table, package

    def list_commands(self, ctx: click.Context) -> list[str]:
        _ = ctx
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        _ = ctx
        if cmd_name not in self.table:
            return None
        module = import_module(f"{self.package}.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.table and not args[0].startswith("-"):
            from fieldkeep.core.common.suggest import did_you_mean

            hint = did_you_mean(args[0], self.table, f"`{ctx.command_path} --help` lists them")
            ctx.fail(f"There is no command '{args[0]}': {hint}")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """From the table too."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.table if name.startswith(incomplete)]
        items = [CompletionItem(name, help=self.table[name]) for name in names]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table, so that --help imports no command."""
        _ = ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(self.table.items()))

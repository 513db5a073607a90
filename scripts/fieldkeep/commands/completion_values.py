"""What the shell offers where a value goes: names of fields, environments, pages, ...

Nothing here asks a server, and nothing fails: with settings or files that cannot be read, nothing
is offered. Each function is a ``shell_complete`` of click.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from fieldkeep.commands.given_flags import given
from fieldkeep.errors import FieldkeepError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]


def beginning_with(
    offered: Callable[[click.Context], Iterable[str | tuple[str, str]]],
) -> Complete:
    """Of the values, each perhaps with its help, those that begin with what is typed."""

    @wraps(offered)
    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        from click.shell_completion import CompletionItem

        _ = parameter
        with suppress(FieldkeepError, OSError):
            values = ((v, None) if isinstance(v, str) else v for v in offered(context))
            return [CompletionItem(v, help=h) for v, h in values if v.startswith(incomplete)]
        return []

    return complete


@beginning_with
def field_names(context: click.Context) -> list[str]:
    """The field files' names."""
    from fieldkeep.settings import settings
    from fieldkeep.settings.settings import Flags

    flags = Flags(**given(context))
    own = settings.load(flags, _start(context), os.environ, storeless=True)
    return sorted(path.stem for path in (own.root / own.fields).glob("[!.]*.yaml"))


@beginning_with
def environments(context: click.Context) -> list[str]:
    from fieldkeep.settings import settings_file

    return sorted(settings_file.read(settings_file.find_root(_start(context))).environments)


@beginning_with
def words(context: click.Context) -> list[str]:
    """The words that `explain` knows."""
    from fieldkeep.edges.files import packaged
    from fieldkeep.render import glossary

    _ = context
    entries = (*glossary.entries(packaged.page("glossary")), *glossary.attributes())
    return list(dict.fromkeys(entry.word for entry in entries))


def files(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    from click.shell_completion import CompletionItem

    _ = context, parameter
    return [CompletionItem(incomplete, type="file")]


def folders(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    from click.shell_completion import CompletionItem

    _ = context, parameter
    return [CompletionItem(incomplete, type="dir")]


def _start(context: click.Context) -> Path:
    """Where the command would begin."""
    return Path.cwd() / (given(context).get("directory") or "")


FIRST: Final[Mapping[str, Complete]] = {
    "adopt": field_names,
    "explain": words,
    "get": field_names,
}
"""What the first argument of a command may be, for those that people complete most. It is offered
without an import of the command, which would take three times as long."""


def at_once(
    cli: click.Command, args: list[str], incomplete: str
) -> list[CompletionItem[str]] | None:
    """The names of environments, or the values of a first argument; None where a command has to say
    what comes next, or an option moves what is offered."""
    if incomplete.startswith("-") or {"-C", "--fields"} & set(args):
        return None
    offered = environments if args[-1:] == ["--env"] else None
    if len(args) == 1:
        offered = offered or FIRST.get(args[0])
    return offered and offered(click.Context(cli), click.Argument(["value"]), incomplete)

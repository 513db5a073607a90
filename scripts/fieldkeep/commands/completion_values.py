"""What the shell offers where a value goes: names of fields, environments, pages, ...

Nothing here asks a server, and nothing fails: with settings or files that cannot be read, nothing
is offered. Each function is a ``shell_complete`` of click.
"""

from __future__ import annotations

import os
import re
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

    from fieldkeep.core.fields.allowed import Allowed
    from fieldkeep.settings.settings import Settings

_CATEGORY: Final = r"(?m)^category:[ \t]*\[?([^]#\n]+)"  # compiled where the tab key asks only
Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]


def beginning_with(
    offered: Callable[[click.Context, str], Iterable[str | tuple[str, str]]],
) -> Complete:
    """Of the values, each perhaps with its help, those that begin with what is typed."""

    @wraps(offered)
    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        from click.shell_completion import CompletionItem

        _ = parameter
        with suppress(FieldkeepError, OSError, ValueError):
            values = ((v, None) if isinstance(v, str) else v for v in offered(context, incomplete))
            return [CompletionItem(v, help=h) for v, h in values if v.startswith(incomplete)]
        return []

    return complete


@beginning_with
def field_names(context: click.Context, _: str) -> list[str]:
    """The field files' names."""
    return [path.stem for path in _field_files(context)]


@beginning_with
def columns(_: click.Context, incomplete: str) -> list[str]:
    """Of `list --columns`; the one that is typed last."""
    from fieldkeep.render.field_columns import COLUMNS

    before, comma, _last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in COLUMNS if name not in before.split(",")]


@beginning_with
def attributes(context: click.Context, _: str) -> list[str]:
    """What a field file may say."""
    return list(_allowed(context))


@beginning_with
def assignments(context: click.Context, incomplete: str) -> Iterable[str]:
    """``ATTR=``; behind it the values that the schema lists, or that other field files have. In a
    list, the value that is typed last: ``pages=+services,-bl``."""
    name, sign, text = incomplete.partition("=")
    known = _allowed(context)
    if not sign or name not in known:
        return [f"{attribute}=" for attribute in known]
    listed, comma, last = text.rpartition(",")
    begun = f"{name}={listed}{comma}{last[:1] if last[:1] in ('+', '-') else ''}"
    used = listed.replace("+", "").replace("-", "").split(",")
    return [begun + value for value in _values(context, name, known[name]) if value not in used]


def _values(context: click.Context, name: str, may: Allowed) -> Iterable[str]:
    if "boolean" in may.types:
        return ("true", "false")
    if name == "category":
        return sorted({found for path in _field_files(context) for found in _categories(path)})
    return [str(choice) for choice in (*may.choices, *may.items.choices)]


def _categories(path: Path) -> list[str]:
    """Those of a line ``category: basic`` or ``category: [basic, business]``; YAML would take the
    tab key's time."""
    line = re.search(_CATEGORY, path.read_text("utf-8", "replace"))
    return [name.strip(" \t'\"") for name in line[1].split(",")] if line else []


def _allowed(context: click.Context) -> dict[str, Allowed]:
    """What the schema allows in each attribute."""
    import json

    from fieldkeep.core.document.attributes import NAME
    from fieldkeep.core.fields.allowed import allowed, names
    from fieldkeep.edges.files import packaged

    own = _settings(context)
    path = own.root / own.schema / "field.schema.json"
    content = path.read_bytes() if path.is_file() else packaged.schema(path.name).content
    found = names(allowed(json.loads(content)))
    return {name: may for name, may in found.items() if name != NAME}


def _field_files(context: click.Context) -> list[Path]:
    own = _settings(context)
    return sorted((own.root / own.fields).glob("[!.]*.yaml"))


def _settings(context: click.Context) -> Settings:
    from fieldkeep.settings import settings

    flags = settings.Flags(**given(context))
    return settings.load(flags, _start(context), os.environ, storeless=True)


@beginning_with
def environments(context: click.Context, _: str) -> list[str]:
    from fieldkeep.settings import settings_file

    return sorted(settings_file.read(settings_file.find_root(_start(context))).environments)


@beginning_with
def words(_: click.Context, __: str) -> list[str]:
    """The words that `explain` knows."""
    from fieldkeep.edges.files import packaged
    from fieldkeep.render import glossary

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
    "edit": field_names,
    "rename": field_names,
    "explain": words,
    "get": field_names,
    "set": field_names,
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

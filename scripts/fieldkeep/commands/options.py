"""Options that several commands have, as decorators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, TypeVar

import click

FLAGS_KEY = "fieldkeep.flags"
Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Any], Any]


def combined(*options: Decorator) -> Callable[[Command], Command]:
    """One decorator that adds all of these, in the order in which the help lists them."""

    def decorate(command: Command) -> Command:
        return reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return decorate


def format_option(formats: Iterable[str], default: str = "text") -> Callable[[Command], Command]:
    """``--format``, passed as ``form``."""
    choice = click.Choice(list(formats))
    return click.option("--format", "form", type=choice, default=default, show_default=True)


stale_option = click.option(
    "--stale",
    is_flag=True,
    help="Read one server's copy, also without a leader; the newest writes may be missing.",
)


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Common options mean the same before a command's name and after it; the later one wins."""
    if value not in (None, (), False):
        context.meta.setdefault(FLAGS_KEY, {})[parameter.name] = value


def _common(*names: str, **attributes: Any) -> Decorator:
    return click.option(*names, **attributes, expose_value=False, callback=_remember)


common = combined(
    _common("-C", "directory", metavar="DIR", help="Work as if started in DIR."),
    _common("--env", metavar="NAME", help="Use the settings of this environment."),
    _common("--fields", metavar="DIR", help="The folder of field files."),
    _common("--store", metavar="URL", help="consul://HOST:PORT or sqlite:///PATH."),
    _common("--key", metavar="KEY", help="The key of the document."),
    _common(
        "--source",
        "sources",
        multiple=True,
        metavar="[NAME=]WHERE",
        help="Read labels from here; replaces the configured sources. Repeatable.",
    ),
    _common("--source-version", metavar="X.Y", help="The Prometheus version of the sources."),
    _common("-q", "--quiet", "quiet", is_flag=True, help="Leave out what each step does."),
    _common(
        "-v", "--verbose", "verbose", is_flag=True, help="Say which settings are in force, and why."
    ),
)

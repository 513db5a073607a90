"""Options that several commands have, as decorators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce, wraps
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from fieldkeep.commands import completion_values as values
from fieldkeep.commands.given_flags import remember
from fieldkeep.core.common.suggest import did_you_mean

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Any], Any]


def combined(*options: Decorator) -> Callable[[Command], Command]:
    """One decorator that adds all of these, in the order in which the help lists them."""

    def decorate(command: Command) -> Command:
        return reduce(lambda decorated, option: option(decorated), reversed(options), command)

    return decorate


class Choice(click.Choice[str]):
    """With a hint for a misspelt one."""

    def get_invalid_choice_message(self, value: str, ctx: click.Context | None) -> str:
        _ = ctx
        names = [str(name) for name in self.choices]
        hint = did_you_mean(str(value), names, f"one of: {', '.join(names)}")
        return f"'{value}' is not among the choices: {hint}"


def format_option(formats: Iterable[str], default: str = "text") -> Callable[[Command], Command]:
    """``--format``, passed as ``form``, and ``--json`` for short."""
    choice = Choice(list(formats))

    def decorate(command: Command) -> Command:
        @click.option("--format", "form", type=choice, default=default, show_default=True)
        @click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
        @wraps(command)
        def with_form(*arguments: Any, form: str, as_json: bool, **options: Any) -> Any:
            if as_json and form != "json":
                _require_one_format(click.get_current_context(), form)
            return command(*arguments, form="json" if as_json else form, **options)

        return cast("Command", with_form)

    return decorate


def _require_one_format(context: click.Context, form: str) -> None:
    if context.get_parameter_source("form") is not ParameterSource.DEFAULT:
        raise click.UsageError(f"--json and --format {form}: give one of the two", context)


stale_option = click.option(
    "--stale",
    is_flag=True,
    help="Read one server's copy, also without a leader; the newest writes may be missing.",
)


def _common(*names: str, **attributes: Any) -> Decorator:
    return click.option(*names, **attributes, expose_value=False, callback=remember)


common = combined(
    _common(
        "-C",
        "directory",
        metavar="DIR",
        help="Work as if started in DIR.",
        shell_complete=values.folders,
    ),
    _common(
        "--env",
        metavar="NAME",
        help="Use the settings of this environment.",
        shell_complete=values.environments,
    ),
    _common(
        "--fields",
        metavar="DIR",
        help="The folder of field files.",
        shell_complete=values.folders,
    ),
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
    _common("-q", "--quiet", "quiet", is_flag=True, help="Do not say what each step does."),
    _common(
        "-v",
        "--verbose",
        "verbose",
        is_flag=True,
        help="Show each thing, and which settings are in force.",
    ),
)

"""What the common options of a command line say: they stand before a command's name or after it."""

from __future__ import annotations

from typing import Any

import click


def remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """The callback of each common option; the later one of two wins."""
    flags = given(context)
    if value not in (None, (), False):
        flags[parameter.name or ""] = value


def given(context: click.Context) -> dict[str, Any]:
    """The values by the option's name, without those that were not given. It is the context's
    object, so that `__main__` knows them after the command has ended."""
    return context.ensure_object(dict)

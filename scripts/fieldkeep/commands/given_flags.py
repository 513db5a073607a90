"""What the common options of a command line say: they stand before a command's name or after it."""

from __future__ import annotations

from typing import Any, Final

import click

_KEY: Final = "fieldkeep.flags"


def remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """The callback of each common option; the later one of two wins."""
    if value not in (None, (), False):
        context.meta.setdefault(_KEY, {})[parameter.name] = value


def given(context: click.Context) -> dict[str, Any]:
    """The values by the option's name, without those that were not given."""
    flags: dict[str, Any] = context.meta.get(_KEY, {})
    return flags

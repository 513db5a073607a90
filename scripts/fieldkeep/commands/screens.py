"""What stdout and stderr are: a terminal with a width, a file or a pipe; with colors or not.
Whether each thing is shown, the command line says."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import click

from fieldkeep.commands.given_flags import given
from fieldkeep.render.screen import Screen


def stdout() -> Screen:
    return _screen(sys.stdout, os.environ)


def stderr(flags: Mapping[str, Any] | None = None) -> Screen:
    """``flags`` are what the common options said, where the command has ended."""
    return _screen(sys.stderr, os.environ, flags)


def _screen(
    stream: TextIO, environment: Mapping[str, str], flags: Mapping[str, Any] | None = None
) -> Screen:
    terminal = stream.isatty()
    width = shutil.get_terminal_size().columns if terminal else None
    unicode = terminal and _has_unicode(stream, environment)
    context = click.get_current_context(silent=True)
    flags = flags or (given(context) if context else {})
    color = colored(environment, terminal=terminal)
    return Screen(width, color, bool(flags.get("verbose")), flags.get("env"), unicode)


def _has_unicode(stream: TextIO, environment: Mapping[str, str]) -> bool:
    encoding = (stream.encoding or "").lower().replace("-", "")
    return encoding.startswith("utf") and environment.get("TERM") != "dumb"


def colored(environment: Mapping[str, str], *, terminal: bool) -> bool:
    """NO_COLOR wins over FORCE_COLOR, and both over what the stream is: Python's own order
    (docs.python.org/3/using/cmdline.html, controlling color). An empty variable is as good as
    none: no-color.org."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return terminal and environment.get("TERM") != "dumb"

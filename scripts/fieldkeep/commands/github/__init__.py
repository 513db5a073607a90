"""`fieldkeep github`."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep.commands.lazy import Lazy
from fieldkeep.commands.options import common

_COMMANDS: Final = {
    "current": "Check that this run is of the newest commit.",
    "run": "Check that a run was of main's own workflows.",
    "flags": "Print the flags that this run's plan and sync get.",
    "request": "Check what somebody asks of the recovery.",
    "comment": "Write plans into one comment of a pull request.",
    "issue": "Keep one issue about drift, as long as there is any.",
}


@click.group("github", cls=Lazy, table=_COMMANDS, package=__name__)
@common
def command() -> None:
    """What the workflows ask of GitHub, and write there.

    GITHUB_REPOSITORY, GITHUB_API_URL and GITHUB_SHA are what GitHub sets; GITHUB_TOKEN is
    the job's token, with the permission that each command names.
    """

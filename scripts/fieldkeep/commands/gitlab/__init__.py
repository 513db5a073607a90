"""`fieldkeep gitlab`."""

from __future__ import annotations

from typing import Final

import click

from fieldkeep.commands.lazy import Lazy
from fieldkeep.commands.options import common

_COMMANDS: Final = {"note": "Write plans into one note of a merge request."}


@click.group("gitlab", cls=Lazy, table=_COMMANDS, package=__name__)
@common
def command() -> None:
    """What a pipeline writes on GitLab.

    CI_API_V4_URL and CI_PROJECT_ID are what GitLab sets; GITLAB_TOKEN is a project access
    token with the scope `api`.
    """

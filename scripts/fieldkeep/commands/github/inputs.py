"""What the commands for GitHub have in common: a titled file, the run they are in, a commit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import click

from fieldkeep.commands.context import Command
from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.github.texts import BOT
from fieldkeep.edges.files import identity, input_files
from fieldkeep.errors import UsageError

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_URL: Final = re.compile(r"https?://[^\s\"'<>]+")

Read = TypeVar("Read")
_OPTIONS: Final = (
    click.option("--author", default=BOT, show_default=True, help="Whose texts are our own."),
    click.option("--run-url", metavar="URL", help="The page of the run, if GitHub does not tell."),
    click.option("--dry-run", is_flag=True, help="Print the text, write nothing to GitHub."),
)


def writing(command: Command) -> Command:
    """Give a command the options of those that keep one text on GitHub."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def sections(
    given: Sequence[str], here: Path, read: Callable[[bytes], Read | Unreadable]
) -> dict[str, Read | Unreadable]:
    """By title, what ``read`` makes of the files of ``TITLE=FILE`` arguments. Raises UsageError."""
    found: dict[str, Read | Unreadable] = {}
    for text in given:
        title, equals, file = text.partition("=")
        if not equals or not title.strip() or not file:
            raise UsageError(f"'{text}' is not TITLE=FILE", "for example: staging=plan.json")
        if title in found:
            raise UsageError(f"'{title}' is given twice", "give each section a title of its own")
        content = input_files.read_artifact(here / file)
        found[title] = content if isinstance(content, Unreadable) else read(content)
    return found


def run_url(given: str | None, variables: Mapping[str, str]) -> str:
    """The page of the run, '' outside of one. Raises UsageError."""
    found = given or identity.run_url(variables) or ""
    if found and not _URL.fullmatch(found):
        raise UsageError(f"'{found}' is not the address of a run", "begin it with https://")
    return found


def commit(given: str | None, variables: Mapping[str, str]) -> str:
    """The commit of the run. Raises UsageError."""
    found = given or variables.get("GITHUB_SHA", "")
    if not found:
        raise UsageError("GITHUB_SHA is not set", "GitHub sets it in every run")
    if not _COMMIT.fullmatch(found):
        raise UsageError(f"'{found}' is not a whole commit hash", "give all of its hex digits")
    return found

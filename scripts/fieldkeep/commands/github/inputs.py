"""What the commands for GitHub have in common: a titled file, the run they are in, a commit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

import click

from fieldkeep.commands.options import combined
from fieldkeep.core.common.shape import Unreadable
from fieldkeep.core.github.texts import BOT
from fieldkeep.edges.files import identity, input_files
from fieldkeep.errors import UsageError

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_URL: Final = re.compile(r"https?://[^\s\"'<>]+")

Read = TypeVar("Read")
# The options of the commands that keep one text on GitHub.
writing = combined(
    click.option("--author", default=BOT, show_default=True, help="Whose texts are our own."),
    click.option("--run-url", metavar="URL", help="The page of the run, if GitHub does not tell."),
    click.option("--dry-run", is_flag=True, help="Print the text, write nothing to GitHub."),
)


def sections(
    arguments: Sequence[str], here: Path, read: Callable[[bytes], Read | Unreadable]
) -> dict[str, Read | Unreadable]:
    """By title, what ``read`` makes of the files of ``TITLE=FILE`` arguments. Raises UsageError."""
    contents: dict[str, Read | Unreadable] = {}
    for text in arguments:
        title, equals, file = text.partition("=")
        if not equals or not title.strip() or not file:
            raise UsageError(f"'{text}' is not TITLE=FILE", "for example: staging=plan.json")
        if title in contents:
            raise UsageError(f"'{title}' is given twice", "give each section a title of its own")
        content = input_files.read_artifact(here / file)
        contents[title] = content if isinstance(content, Unreadable) else read(content)
    return contents


def pages(arguments: Sequence[str], here: Path, run: str) -> dict[str, str]:
    """By title, the addresses of the artifacts of the ``run`` whose numbers are in the files of
    ``TITLE=FILE`` arguments. What holds no number has no address. Raises UsageError."""
    numbers = sections(arguments, here, lambda content: content.decode("ascii", "replace").strip())
    return {
        title: f"{run}/artifacts/{number}"
        for title, number in numbers.items()
        if run and isinstance(number, str) and _NUMBER.fullmatch(number)
    }


def run_url(named: str | None, variables: Mapping[str, str]) -> str:
    """The page of the run, '' outside of one. Raises UsageError."""
    url = named or identity.run_url(variables) or ""
    if url and not _URL.fullmatch(url):
        raise UsageError(f"'{url}' is not the address of a run", "begin it with https://")
    return url


def commit(named: str | None, variables: Mapping[str, str]) -> str:
    """The commit of the run. Raises UsageError."""
    sha = named or variables.get("GITHUB_SHA", "")
    if not sha:
        raise UsageError("GITHUB_SHA is not set", "GitHub sets it in every run")
    if not _COMMIT.fullmatch(sha):
        raise UsageError(f"'{sha}' is not a whole commit hash", "give all of its hex digits")
    return sha

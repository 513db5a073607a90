"""What the common options of a command lead to: its project."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec

import click

from fieldkeep.commands import screens
from fieldkeep.commands.given_flags import given
from fieldkeep.commands.options import common
from fieldkeep.commands.progress import Progress
from fieldkeep.edges.files import git
from fieldkeep.edges.files.tree import Tree, tree
from fieldkeep.edges.github import runner_log
from fieldkeep.errors import UsageError
from fieldkeep.operations.project import Project, folders
from fieldkeep.settings import settings, settings_file
from fieldkeep.settings.settings import Flags, Settings
from fieldkeep.settings.settings_file import SettingsFile

Arguments = ParamSpec("Arguments")

_QUESTIONS: Final = ("status", "get", "list", "doctor")
"""Commands whose answer is all that a terminal needs."""


def takes_project(
    command: Callable[Concatenate[Project, Arguments], int],
) -> Callable[Arguments, int]:
    """Give a command the common options, and the project that they lead to as first argument."""

    @common
    @click.pass_context
    @wraps(command)
    def with_project(context: click.Context, /, *args: Any, **options: Any) -> int:
        return command(project_of(context), *args, **options)

    return with_project


def project_of(context: click.Context, *, storeless: bool = False) -> Project:
    """The project of this invocation; ``storeless`` if no store will be asked. Raises
    UsageError."""
    return _project(context, working_directory(context), storeless=storeless)


def projects_of(context: click.Context, paths: Iterable[str]) -> list[Project]:
    """The projects that these files belong to, in the order of their folders: of each, the nearest
    folder upwards with settings, else git's top level if there are fields. Raises UsageError."""
    here = working_directory(context)
    roots = {settings_file.find_root((here / path).parent) for path in paths}
    projects = [_project(context, root, storeless=True) for root in sorted(roots)]
    return [replace(project, here=here) for project in projects if _is_one(project)]


def _is_one(project: Project) -> bool:
    own = project.settings
    return settings_file.read(own.root).there or (own.root / own.fields).is_dir()


def _project(context: click.Context, start: Path, *, storeless: bool) -> Project:
    flags = Flags(**given(context))
    loaded = settings.load(flags, start, os.environ, storeless=storeless)
    name = context.info_name or ""
    question = name if name in _QUESTIONS and not flags.verbose else ""
    progress = Progress(screens.stderr(), quiet=flags.quiet, question=question)
    if flags.verbose:
        for name, origin in sorted(loaded.origins.items()):
            progress.line(f"setting {name}: from {origin}")
    return Project(
        loaded, start, git.find(loaded.root), os.environ, progress.event, now, progress.doing
    )


def settings_of(context: click.Context, file: SettingsFile) -> Settings:
    """The settings of this invocation with another file of settings. Raises UsageError."""
    flags = Flags(**given(context))
    here = working_directory(context)
    root = settings_file.find_root(here)
    return settings.layered(file, root, flags, here, os.environ, storeless=True)


def working_directory(context: click.Context) -> Path:
    """The current folder, or that of ``-C``. Raises UsageError."""
    return _directory(given(context).get("directory"))


def _directory(named: str | None) -> Path:
    try:
        current = Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the current folder is gone", "change to one that exists") from error
    if named is None:
        return current
    # Path.is_dir may raise for a name that is too long, or a folder without rights.
    if not os.path.isdir(current / named):  # noqa: PTH112 - see above
        raise UsageError(f"-C {named}: there is no such folder", "name an existing folder")
    return (current / named).resolve()


def now() -> datetime:
    return datetime.now(UTC)


def field_tree(project: Project, ref: str | None = None) -> Tree:
    """The project's fields and schemas: the working tree's, or those of a commit."""
    return tree(folders(project.settings), project.here, project.checkout, ref)


def require_reason(text: str) -> str:
    """Raises UsageError for an empty one."""
    if not text.strip():
        raise UsageError("--reason is empty", "say why: people will read it later")
    return text


def annotate(text: str, *, meant: bool) -> None:
    """Data on stdout; if ``meant``, a GitHub runner is to obey the annotations in it."""
    with runner_log.annotating() if meant else nullcontext():
        click.echo(text)


def program_name() -> str:
    """How the user would type our name here: the set-up script puts nothing on PATH."""
    import shutil

    if shutil.which("fieldkeep"):
        return "fieldkeep"
    called = Path(sys.argv[0])
    return os.path.relpath(called) if called.name == "fieldkeep" else "python -m fieldkeep"

"""What every command needs: the common options, the project they lead to, and a voice."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from fieldkeep.core.plan.evaluate import Evaluation, PlanOptions
from fieldkeep.edges.files import git, identity
from fieldkeep.edges.files.tree import Folders, Tree, tree
from fieldkeep.edges.github import runner_log
from fieldkeep.edges.store import stores
from fieldkeep.edges.store.kv import Store
from fieldkeep.errors import UsageError
from fieldkeep.model import Writer
from fieldkeep.operations import project, sync
from fieldkeep.operations.project import Project
from fieldkeep.render.words import printable
from fieldkeep.settings import settings
from fieldkeep.settings.settings import Flags

_META = "fieldkeep.flags"
Command = TypeVar("Command", bound=Callable[..., Any])


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Common options mean the same before a command's name and after it; the later one wins."""
    if value not in (None, (), False):
        context.meta.setdefault(_META, {})[parameter.name] = value


def _option(*names: str, **how: Any) -> Callable[[Command], Command]:
    return click.option(*names, **how, expose_value=False, callback=_remember)


_OPTIONS = (
    _option("-C", "directory", metavar="DIR", help="Work as if started in DIR."),
    _option("--env", metavar="NAME", help="Use the settings of this environment."),
    _option("--fields", metavar="DIR", help="The folder of field files."),
    _option("--store", metavar="URL", help="consul://HOST:PORT or sqlite:///PATH."),
    _option("--key", metavar="KEY", help="The key of the document."),
    _option(
        "--source",
        "sources",
        multiple=True,
        metavar="[NAME=]WHERE",
        help="Read labels from here; replaces the configured sources. Repeatable.",
    ),
    _option("--source-version", metavar="X.Y", help="The Prometheus version of the sources."),
    _option("-q", "quiet", is_flag=True, help="Leave out what each step does."),
    _option("-v", "verbose", is_flag=True, help="Say which settings are in force, and why."),
)


def common(command: Command) -> Command:
    """Give a command, or the group, the options that all of them understand."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def project_of(context: click.Context, *, storeless: bool = False) -> Project:
    """Settings, checkout and voice of this invocation; ``storeless`` if no store will be asked.
    Raises UsageError."""
    flags = Flags(**context.meta.get(_META, {}))
    here = _start(flags.directory)
    found = settings.load(flags, here, os.environ, storeless=storeless)
    say = _quiet if flags.quiet else _voice()
    if flags.verbose:
        for name, writer in sorted(found.origins.items()):
            say(f"setting {name}: from {writer}")
    progress = say if sys.stderr.isatty() else _quiet
    return Project(found, here, git.find(found.root), os.environ, say, _now, progress)


def _start(directory: str | None) -> Path:
    try:
        here = Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("the current folder is gone", "change to one that exists") from error
    if directory is None:
        return here
    if not (here / directory).is_dir():
        raise UsageError(f"-C {directory}: there is no such folder", "name an existing folder")
    return (here / directory).resolve()


def _now() -> datetime:
    return datetime.now(UTC)


def _quiet(line: str) -> None:
    _ = line


def _voice() -> Callable[[str], None]:
    """A line on stderr for each step, with the time since the one before."""
    last = time.monotonic()

    def say(line: str) -> None:
        nonlocal last
        now = time.monotonic()
        click.echo(f"{printable(line)} ({(now - last) * 1000:.0f} ms)", err=True)
        last = now

    return say


def fields_of(found: Project, ref: str | None = None) -> Tree:
    """The project's fields and schemas: the working tree's, or those of a commit."""
    where = found.settings
    folders = Folders(where.root, where.fields, where.schema)
    return tree(folders, found.here, found.checkout, ref)


def store(found: Project) -> Store:
    where = found.settings
    return stores.connect(where.store, where.root, found.variables, where.limits)


def writer(found: Project, ref: str | None = None) -> Writer:
    where = found.settings
    folders = (where.root / where.fields, where.root / where.schema)
    return identity.writer(
        found.checkout, found.variables, owner=where.owner, ref=ref, folders=folders
    )


def actor(found: Project) -> str:
    return identity.actor(found.checkout, found.variables)


def given(text: str) -> str:
    """A reason that says something. Raises UsageError."""
    if not text.strip():
        raise UsageError("--reason is empty", "say why: whoever meets this later reads it")
    return text


def evaluated(found: Project, opened: Store, *, weighing: bool = True) -> Evaluation:
    """What a sync of the working tree would do; field files first, so that an error in one ends
    the command before the store is asked. Writes nothing."""
    desired = project.desired_state(found, fields_of(found))
    request = PlanOptions(writer(found), depth=found.settings.history, limits=opened.limits)
    return sync.plan(found, opened, desired, request, weighing=weighing)


def annotate(text: str, *, meant: bool) -> None:
    """Data on stdout; if ``meant``, a GitHub runner is to obey the annotations in it."""
    with runner_log.annotating() if meant else nullcontext():
        click.echo(text)


def here(context: click.Context) -> Path:
    """Where the user stands, for commands that need no project."""
    return _start(context.meta.get(_META, {}).get("directory"))


def place(found: Project, opened: Store) -> str:
    """How messages name where the document is."""
    named = f"{found.settings.environment}: " if found.settings.environment else ""
    return f"{named}{opened.url}, key {found.settings.key}"


def program() -> str:
    """How the user would type our name here: the set-up script puts nothing on PATH."""
    if shutil.which("fieldkeep"):
        return "fieldkeep"
    called = Path(sys.argv[0])
    return os.path.relpath(called) if called.name == "fieldkeep" else "python -m fieldkeep"


def width() -> int:
    """Columns of the terminal; wide where there is none, so that lines stay whole in a pipe."""
    from fieldkeep.render.tables import WIDE

    return shutil.get_terminal_size((WIDE, 24)).columns if os.isatty(1) else WIDE

"""The project that a command works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.files.tree import Folders, WorkingTree
from fieldkeep.settings.settings import Settings

if TYPE_CHECKING:
    from fieldkeep.operations.events import Event


@dataclass(frozen=True, slots=True)
class Project:
    """The settings and surroundings of one command: ``here`` is the folder it was started in,
    ``emit`` takes an event for each step, ``clock`` gives the time. ``doing`` says, as long as its
    body runs, what may take a while."""

    settings: Settings
    here: Path
    checkout: Checkout | None
    variables: Mapping[str, str]
    emit: Callable[[Event], None]
    clock: Callable[[], datetime]
    doing: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()


def working_tree(project: Project) -> WorkingTree:
    return WorkingTree(folders(project.settings), project.here)


def folders(settings: Settings) -> Folders:
    return Folders(settings.root, settings.fields, settings.schema)

"""``--metrics-file``: what a run was like, for the textfile collector of the node exporter."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec

import click

from fieldkeep.commands import completion_values as values
from fieldkeep.commands import notes
from fieldkeep.core.merge.merge import Merged
from fieldkeep.edges.files import atomic_files
from fieldkeep.errors import FieldkeepError
from fieldkeep.operations.events import (
    Event,
    FieldsLoaded,
    Rehearsed,
    StoreRead,
    WriteConfirmed,
    WriteLost,
    WriteOvertaken,
)
from fieldkeep.operations.project import Project
from fieldkeep.operations.source_events import SourcesRead

if TYPE_CHECKING:
    from fieldkeep.core.drill.rehearsal import Rehearsal

Arguments = ParamSpec("Arguments")
_BUG: Final = 70
_MOST_BYTES: Final = 1 << 20
_STAGES: Final[dict[type, str]] = {
    FieldsLoaded: "load",
    SourcesRead: "extract",
    StoreRead: "read",
    Merged: "merge",
    WriteConfirmed: "apply",
    WriteOvertaken: "apply",
    WriteLost: "apply",
}


@dataclass(slots=True)
class _Recorder:
    """Takes events: what lies between two of them belongs to the stage that the second one ends."""

    emit: Callable[[Event], None]
    stages: dict[str, float] = field(default_factory=dict)
    conflicts: int = 0
    rehearsals: list[Rehearsal] = field(default_factory=list)
    last: float = field(default_factory=time.monotonic)

    def event(self, event: Event) -> None:
        self.emit(event)
        match event:
            case WriteLost() | WriteOvertaken():
                self.conflicts += 1
            case Rehearsed(rehearsal):
                self.rehearsals.append(rehearsal)
        if stage := _STAGES.get(type(event)):
            now = time.monotonic()
            self.stages[stage] = self.stages.get(stage, 0.0) + now - self.last
            self.last = now


def writes_metrics(
    name: str,
) -> Callable[
    [Callable[Concatenate[Project, Arguments], int]],
    Callable[Concatenate[Project, Arguments], int],
]:
    """Give a command that option, below ``takes_project``. The file is written however the command
    ends; a file that cannot be written is a warning."""

    def decorate(
        command: Callable[Concatenate[Project, Arguments], int],
    ) -> Callable[Concatenate[Project, Arguments], int]:
        @click.option(
            "--metrics-file",
            metavar="FILE",
            help="Write metrics of this run here.",
            shell_complete=values.files,
        )
        @wraps(command)
        def recorded(project: Project, /, *args: Any, **options: Any) -> int:
            path = options.pop("metrics_file")
            if path is None:
                return command(project, *args, **options)
            recorder = _Recorder(project.emit)
            code = _BUG
            try:
                code = command(replace(project, emit=recorder.event), *args, **options)
            except FieldkeepError as error:
                code = error.exit_code
                raise
            finally:
                _write(project, path, name, code, recorder)
            return code

        return recorded

    return decorate


def _write(project: Project, path: str, name: str, code: int, recorder: _Recorder) -> None:
    from fieldkeep.render import metrics

    target = project.here / path
    run = metrics.Run(name, project.clock(), code, recorder.stages, recorder.conflicts)
    text = metrics.of_run(run, recorder.rehearsals, metrics.last_success(_content(target)))
    try:
        atomic_files.put(target, path, text.encode(), metrics.is_ours, "metrics file")
    except FieldkeepError as error:
        notes.tell("warning", f"{error}; {error.hint}")


def _content(path: Path) -> bytes:
    """What an earlier run wrote; nothing for what is no ordinary file of a sensible size."""
    try:
        is_sensible = path.is_file() and path.stat().st_size <= _MOST_BYTES
        return path.read_bytes() if is_sensible else b""
    except OSError:
        return b""

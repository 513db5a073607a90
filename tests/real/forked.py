"""The program in a process of its own that has imported it already.

Most of a command's time is its imports. Here a process beside each worker imports the program once,
and every run is a fork of it, with its own folder, environment, streams and exit code.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Self

import fieldkeep
from fieldkeep import __main__ as program

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])
for _module in walk_packages(fieldkeep.__path__, "fieldkeep."):
    import_module(_module.name)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float
) -> Done:
    """What `python -m fieldkeep ARGUMENTS` does there, in this environment."""
    with tempfile.TemporaryDirectory() as place:
        streams = (Path(os.devnull), Path(place, "out"), Path(place, "err"))
        process = FORKS.Process(target=become, args=(arguments, folder, environment, streams))
        process.start()
        process.join(seconds)
        code = process.exitcode
        process.kill()
        process.join()
        process.close()
        assert code is not None, f"it did not end within {seconds} s"
        return Done(code, *(stream.read_bytes().decode() for stream in streams[1:]))


class Started:
    """A command that runs on, until it is asked to stop; what it says can be read meanwhile."""

    def __init__(
        self, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._place = tempfile.TemporaryDirectory()
        out, err = (Path(self._place.name, name) for name in ("out", "err"))
        self._err = err
        streams = (Path(os.devnull), out, err)
        self._process = FORKS.Process(target=become, args=(arguments, folder, environment, streams))

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._place.cleanup()

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8") if self._err.exists() else ""

    def cpu_seconds(self) -> float:
        """What it has used of a CPU so far."""
        fields = (
            Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self._process.terminate()

    def ended(self, seconds: float = 30.0) -> int | None:
        """The exit code; None if it still runs."""
        self._process.join(seconds)
        return self._process.exitcode

    def terminate(self) -> int | None:
        self.ask_to_stop()
        return self.ended()


def become(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], streams: Sequence[Path]
) -> None:
    """In the fork: become the program. A stream is a file, or a terminal."""
    for number, stream in enumerate(streams):
        opened = os.open(stream, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(folder)
    begin([str(program.__file__), *arguments], environment)


def begin(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """In the fork, whose folder and streams are the program's already."""
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(command)
    program.main()

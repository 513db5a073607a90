"""The machine of one job: its folders, and the processes of its steps."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.actions.unknown import Unknown

# What GitHub runs for each `shell:`; None is a step that names no shell.
_SHELLS: Mapping[str | None, tuple[str, ...]] = {
    None: ("bash", "-e"),
    "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"),
    "sh": ("sh", "-e"),
    "python": ("python",),
}


@dataclass(frozen=True)
class Ended:
    """A process: its exit code (None: it took too long and was ended), and what it printed."""

    code: int | None
    text: str


class Machine:
    """Fresh folders below `folder`; leaving the context ends what the steps left running."""

    def __init__(self, folder: Path, name: str) -> None:
        self.root = folder
        self.workspace = folder / name / name
        self.temp = folder / "_temp"
        self.home = folder / "home"
        self.tools = folder / "tools"
        for made in (self.workspace, self.temp / "_runner_file_commands", self.home, self.tools):
            made.mkdir(parents=True)
        self._groups: list[int] = []
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for group in self._groups:
            _end(group)

    def fresh(self, kind: str) -> Path:
        """A new empty file for a step to write to."""
        self._count += 1
        path = self.temp / "_runner_file_commands" / f"{kind}_{self._count}"
        path.touch()
        return path

    def run(
        self, script: str, shell: str | None, env: Mapping[str, str], folder: Path, seconds: float
    ) -> Ended:
        """Run a script as GitHub's runner does: from a file, in a group of its own."""
        self._count += 1
        path = self.temp / f"{self._count}.{'py' if shell == 'python' else 'sh'}"
        path.write_text(script, encoding="utf-8")
        return self.command([*_SHELLS[shell], str(path)], env, folder, seconds)

    def command(
        self, argv: list[str], env: Mapping[str, str], folder: Path, seconds: float
    ) -> Ended:
        """Run a program; what it leaves running in the background lives until the job's end."""
        if shutil.which(argv[0], path=env["PATH"]) is None:
            raise Unknown(f"{argv[0]} is not on this machine")
        self._count += 1
        printed = self.root / f"printed-{self._count}"
        # A file, because a pipe would stay open as long as anything in the background has it.
        with printed.open("wb") as out:
            process = subprocess.Popen(
                argv,
                cwd=folder,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code: int | None = process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                if process.returncode is None:
                    _end(process.pid)
                    process.wait()
        if _lives(process.pid):
            self._groups.append(process.pid)
        return Ended(code, printed.read_text(encoding="utf-8", errors="replace"))


def usual_path() -> str:
    """This machine's PATH without the tests' own environment, whose programs no workflow has."""
    own = {Path(sys.prefix) / "bin"} if sys.prefix != sys.base_prefix else set()
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if folder]
    return os.pathsep.join(folder for folder in folders if Path(folder) not in own)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _end(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)

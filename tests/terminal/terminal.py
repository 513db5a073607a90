"""The program on a terminal of a given width, without a process or a pty for each run: it asks its
streams whether they are a terminal, and COLUMNS how wide that is."""

from __future__ import annotations

import os
import re
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from types import SimpleNamespace
from typing import Final
from unittest.mock import patch

from rich.cells import cell_len
from rich.text import Text

from fieldkeep.__main__ import run
from fieldkeep.commands import context, live_line, progress
from fieldkeep.edges.labels import read_sources
from fieldkeep.operations import drill

_COLORS: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_DIFF: Final = re.compile(r"^(?:--- .*\n\+\+\+ .*\n|@@ .*\n(?:[-+ \\].*\n?)*)", re.MULTILINE)
_STYLES: Final = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(TextIOWrapper):
    """What is written to it, stdout and stderr together, as a person sees them."""

    def __init__(self) -> None:
        self._bytes = BytesIO()
        super().__init__(self._bytes, encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        return self._bytes.getvalue().decode()


@dataclass(frozen=True)
class Shown:
    """What a command showed, with the codes of its colors."""

    code: int
    colored: str

    @property
    def plain(self) -> str:
        return plain(self.colored)


def plain(colored: str) -> str:
    """Without colors, and without the spaces that only a color can show at a line's end."""
    return "\n".join(line.rstrip() for line in _STYLES.sub("", colored).split("\n"))


def tagged(colored: str) -> str:
    """With the colors as tags, for people to read."""
    markup = "\n".join(Text.from_ansi(line).markup if line else "" for line in colored.split("\n"))
    return re.sub(r"color\((\d)\)", lambda match: _COLORS[int(match[1])], markup)


def show(
    line: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    moment: datetime,
    *,
    width: int = 80,
    color: bool = True,
    typed: str | None = None,
) -> Shown:
    """Run a command line there, at that moment. ``typed`` are the lines of a person's answers; None
    if nobody is there."""
    variables = {**environment, "COLUMNS": str(width), "LINES": "40", "TERM": "xterm"}
    if not color:
        variables["NO_COLOR"] = "1"
    terminal = Terminal()
    with _place(folder, variables), _streams(terminal, typed), _time(moment):
        code = run(list(line))
    return Shown(code, terminal.text())


def too_wide(text: str, width: int) -> list[str]:
    """The lines that are wider, but for those of one word, paths and addresses, and those of a
    diff: they stay whole."""
    lines = _DIFF.sub("", text).splitlines()
    return [line for line in lines if cell_len(line) > width and len(line.split()) > 1]


@contextmanager
def _place(folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    here = Path.cwd()
    os.chdir(folder)
    try:
        with patch.dict(os.environ, variables, clear=True):
            yield
    finally:
        os.chdir(here)


class Keyboard(StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def _streams(terminal: Terminal, typed: str | None) -> Iterator[None]:
    stdin = StringIO() if typed is None else Keyboard(typed)
    with patch.multiple(sys, stdin=stdin, stdout=terminal, stderr=terminal):
        yield


@contextmanager
def _time(moment: datetime) -> Iterator[None]:
    """Of the program's clock. No step takes any time, sources are read in their order, and each run
    has the same id."""
    stopped = SimpleNamespace(monotonic=lambda: 0.0)
    with (
        patch.object(context, "now", lambda: moment),
        patch.object(progress, "time", stopped),
        patch.object(live_line, "QUIET_SECONDS", 3600.0),
        patch.object(uuid, "uuid4", lambda: uuid.UUID(int=1)),
        patch.object(drill, "perf_counter", stopped.monotonic),
        patch.multiple(read_sources, time=stopped, MAX_THREADS=1),
    ):
        yield

"""A reader who follows a page: types what its console blocks say, word by word, from an empty home,
and compares what is seen with what the page shows.

``FIELDKEEP_UPDATE`` writes what is seen into the page. The clock moves a minute with each command,
so that it is the same each time, times and commits included.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from tests.terminal.terminal import show

BLOCK: Final = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
LEFT_OUT: Final = "..."
UPDATE: Final = bool(os.environ.get("FIELDKEEP_UPDATE"))
_FIRST: Final = datetime(2026, 3, 9, 14, 40, tzinfo=UTC)
_SHELL: Final = re.compile(r"[|<>;&$*`]")


@dataclass(frozen=True)
class Step:
    """A command, with the lines that the page shows below it: none if it leaves them out."""

    command: str
    shown: tuple[str, ...]

    def written(self) -> str:
        return "".join(f"{line}\n" for line in (f"$ {self.command}", *self.shown))


def commands(page: Path) -> list[str]:
    """Those of all console blocks, in their order."""
    blocks = BLOCK.findall(page.read_text("utf-8"))
    return [step.command for block in blocks for step in steps(block)]


def steps(block: str) -> Iterator[Step]:
    """Those of a console block. A command goes on after a backslash, and in a here-document."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.rstrip("\n").split("\n")
        end = 1
        if document := re.search(r"<<'(\w+)'", lines[0]):
            end += lines.index(document[1])
        while lines[end - 1].endswith("\\"):
            end += 1
        yield Step("\n".join(lines[:end]), tuple(lines[end:]))


def agrees(shown: Sequence[str], seen: Sequence[str]) -> bool:
    """Whether the page shows what was seen, but for the lines, and ends of lines, that it leaves
    out."""
    if not shown:
        return not seen
    if shown[0] == LEFT_OUT:
        return any(agrees(shown[1:], seen[start:]) for start in range(len(seen) + 1))
    begun = shown[0].endswith(f" {LEFT_OUT}") and shown[0].removesuffix(LEFT_OUT)
    same = seen and (seen[0] == shown[0] or (begun and seen[0].startswith(begun)))
    return bool(same) and agrees(shown[1:], seen[1:])


class Reader:
    """At a terminal of 80 columns. ``other`` has words of the page that are others here, such as an
    address; ``done`` are commands that the test has done itself, such as the start of a server;
    ``codes`` are the exit codes of commands that do not end with 0."""

    def __init__(
        self,
        home: Path,
        *,
        other: Mapping[str, str] | None = None,
        done: Collection[str] = (),
        codes: Mapping[str, int] | None = None,
    ) -> None:
        home.mkdir()
        self.home = self.folder = home
        self.other, self.done, self.codes = dict(other or {}), done, dict(codes or {})
        self.moment = _FIRST
        path = [str(Path(sys.executable).parent), os.environ["PATH"]]
        self.variables = {
            "PATH": os.pathsep.join(path),
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "TMPDIR": "/tmp",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def follow(self, page: Path, *titles: str) -> int:
        """Type every command of the sections with these titles, of all if none is named; how many
        there were."""
        count = 0

        def typed(block: re.Match[str]) -> str:
            nonlocal count
            played = [self._played(step) for step in steps(block[0])]
            count += len(played)
            return "".join(step.written() for step in played)

        parts = re.split(r"(?m)^(?=## )", page.read_text("utf-8"))
        for number, part in enumerate(parts):
            if not titles or part.removeprefix("## ").partition("\n")[0] in titles:
                parts[number] = BLOCK.sub(typed, part)
        if UPDATE:
            page.write_text("".join(parts), "utf-8")
        return count

    def _played(self, step: Step) -> Step:
        if step.command in self.done:
            return step
        self.moment += timedelta(minutes=1)
        code, text = self.type(step.command)
        seen = tuple(line.rstrip() for line in self._of_the_page(text).rstrip("\n").split("\n"))
        told = f"$ {step.command}\nended with exit code {code}, and showed:\n" + "\n".join(seen)
        assert code == self.codes.get(step.command, 0), told
        if not step.shown or agrees(step.shown, seen):
            return step
        assert UPDATE, f"{told}\n--- but the page shows:\n" + "\n".join(step.shown)
        renewed = tuple(_nearest(line, seen) for line in step.shown)
        return Step(step.command, renewed if agrees(renewed, seen) else seen)

    def type(self, command: str) -> tuple[int, str]:
        """Exit code, and what is seen. The program runs in this process; everything else is the
        shell's."""
        command = self._mine(command)
        words = [] if _SHELL.search(command) else shlex.split(command, comments=True)
        if words[:1] != ["fieldkeep"]:
            return self._shell(command)
        shown = show(words[1:], self.folder, self._environment(), self.moment, color=False)
        return shown.code, shown.plain

    def _shell(self, command: str) -> tuple[int, str]:
        """Each command has a shell of its own, which begins as the last one ended."""
        state = self.home.with_name("state")
        keep = f"code=$?; {{ pwd; env -0; }} >{shlex.quote(str(state))}; exit $code"
        done = subprocess.run(
            ["bash", "-c", f"{command}\n{keep}"],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        folder, _, variables = state.read_text("utf-8").partition("\n")
        self.folder = Path(folder)
        self.variables = dict(pair.split("=", 1) for pair in variables.split("\0") if pair)
        return done.returncode, done.stdout

    def _environment(self) -> dict[str, str]:
        when = self.moment.isoformat()
        return {**self.variables, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}

    def _mine(self, text: str) -> str:
        for theirs, mine in self.other.items():
            text = text.replace(theirs, mine)
        return text

    def _of_the_page(self, text: str) -> str:
        for theirs, mine in self.other.items():
            text = text.replace(mine, theirs)
        return text.replace(str(self.home), "/home/ana")


def _nearest(line: str, seen: Sequence[str]) -> str:
    """What a shown line has become."""
    return line if line == LEFT_OUT else next(iter(get_close_matches(line, seen, 1)), line)

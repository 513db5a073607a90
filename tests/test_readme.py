"""The README is run: its first project in an empty home, its walk on a real Consul in a fresh copy,
its help blocks word by word.

``FIELDKEEP_UPDATE=1`` rewrites the help blocks, so that a changed option is a diff to review.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.reader import BLOCK, Reader, Step, agrees, steps
from tests.real import forked
from tests.real.servers import ConsulServer
from tests.sample import put_sample

ROOT = Path(__file__).parent.parent
README, TRANSLATION = (ROOT / name for name in ("README.md", "README.pt-BR.md"))
HEADING, ROW = re.compile(r"(?m)^#+ "), re.compile(r"(?m)^(?:\||\d\.)")
LINK = re.compile(r"\]\((?!README)([^)]*)\)")  # but for those from one to the other
FIRST_SECTIONS = ("Sixty seconds", "Change it, and undo it")


def helps() -> list[Step]:
    return [
        s
        for b in BLOCK.findall(README.read_text("utf-8"))
        for s in steps(b)
        if "--help" in s.command
    ]


def program(command: str) -> str:
    """What the program prints, at the width that a README has."""
    arguments = command.split()[1:]
    done = subprocess.run(
        [sys.executable, "-m", "fieldkeep", *arguments],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    return done.stdout


@pytest.mark.parametrize("step", helps(), ids=lambda step: step.command)
def test_help_blocks_are_what_the_program_prints(step: Step) -> None:
    printed = program(step.command)
    if os.environ.get("FIELDKEEP_UPDATE"):
        before = "\n".join([f"$ {step.command}", *step.shown]) + "\n```"
        for page in (README, TRANSLATION):
            text = page.read_text("utf-8")
            page.write_text(text.replace(before, f"$ {step.command}\n{printed}```"), "utf-8")
        return
    assert "\n".join(step.shown) + "\n" == printed


def test_every_command_of_the_table_has_a_help_of_its_own() -> None:
    commands = program("fieldkeep --help").split("Commands:\n")[1]
    names = [line.split()[0] for line in commands.splitlines()]
    assert names
    for name in names:
        said = forked.run([name, "--help"], ROOT, {"LC_ALL": "C.UTF-8"}, 60)
        assert said.out.startswith(f"Usage: fieldkeep {name} ")


def test_a_first_field_is_applied_changed_and_undone(tmp_path: Path) -> None:
    assert Reader(tmp_path / "home").follow(README, *FIRST_SECTIONS) > 12


def test_the_walk_does_what_it_shows(tmp_path: Path, consul_server: ConsulServer) -> None:
    if shutil.which("curl") is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("the walk uses curl: install curl")
    walk = README.read_text("utf-8").split("## A walk with Consul")[1].split("\n## ")[0]
    (block,) = BLOCK.findall(walk)
    copy = fresh_copy(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    walk_steps = list(steps(block))
    assert len(walk_steps) > 8
    for step in walk_steps:
        if step.command.startswith("export CONSUL_HTTP_ADDR="):
            environment["CONSUL_HTTP_ADDR"] = consul_server.address  # its own, not port 8500
            continue
        output = run(step.command, copy, environment)
        assert agrees(step.shown, output.splitlines()), (
            f"the page shows:\n{step.written()}but it printed:\n{output}"
        )


def run(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"$ {command}\n{done.stdout}"
    return done.stdout


def fresh_copy(folder: Path) -> Path:
    """What a clone would hold, with the sample that the README shows, and one commit."""
    copy = folder / "clone"
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
    put_sample(copy)
    git(copy, "init", "--quiet", "--initial-branch=main")
    git(copy, "add", "--all")
    git(copy, "-c", "user.name=Tester", "-c", "user.email=t@example.com", "commit", "-qm", "start")
    return copy


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, check=True, text=True
    )
    return done.stdout


def test_the_translation_has_the_same_parts() -> None:
    """``FIELDKEEP_UPDATE`` takes the blocks over; sentences are for a person to translate."""
    original, translated = (page.read_text("utf-8") for page in (README, TRANSLATION))
    if os.environ.get("FIELDKEEP_UPDATE"):
        blocks = iter(BLOCK.findall(original))
        translated = BLOCK.sub(lambda _: next(blocks), translated)
        TRANSLATION.write_text(translated, "utf-8")
    for part in (BLOCK, HEADING, ROW, LINK):
        assert part.findall(translated) == part.findall(original)

"""Completion in real shells: what is typed, a tab, and what the line is then."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from fieldkeep.commands import cli, completion_values

PROGRAM = Path(sys.executable).parent / "fieldkeep"
SECONDS = 60
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "--no-rcs", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
READY = {
    "bash": 'bind "set enable-bracketed-paste off"; source <(fieldkeep completion bash)',
    "zsh": "autoload -U compinit; compinit -u -D; source <(fieldkeep completion zsh)",
    "fish": "fieldkeep completion fish | source",
}
# what is typed before a tab: the last word after it
LINES = {
    "fieldkeep list --columns name,vis": "name,visibility",
    "fieldkeep get comp": "company",
    "fieldkeep plan --env prod": "production",
    "fieldkeep plan --exit": "--exit-code",
    "fieldkeep explain git-a": "git-ahead",
    "fieldkeep help setup-gitl": "setup-gitlab",
    "fieldkeep set company dis\tFirm": "display_name=Firm",
    "fieldkeep set company category=bas": "category=basic",
    "fieldkeep set company pages=+services,-bla": "pages=+services,-blackbox",
    "fieldkeep set site category=Net": "category=Network gear",
    "fieldkeep set site 'category=Net": "category=Network gear",
    'fieldkeep set site category="Network g': "category=Network gear",
}


class Shell:
    """A shell in a terminal of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.terminal, other = pty.openpty()
        path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "HOME": str(folder), "TERM": "dumb", "PS1": "> "}
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *START[name]],  # fish wants a terminal that it controls
            cwd=folder,
            env=environment,
            stdin=other,
            stdout=other,
            stderr=other,
        )
        os.close(other)
        self.seen = b""
        self.type(f"{READY[name]}; echo REA''DY\n")
        self.until(b"READY")

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def until(self, text: bytes) -> bytes:
        end = time.monotonic() + SECONDS
        while text not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], end - time.monotonic())
            assert ready, self.seen.decode("utf-8", "replace")
            self.seen += os.read(self.terminal, 65536)
        before, _, self.seen = self.seen.partition(text)
        return before

    def completed(self, line: str) -> str:
        """The last word after a tab. Ctrl-a goes to the start of the line, so that it is printed
        and not run."""
        self.type(f"{line}\t\x01printf '<%s>' BE''GIN \x05 EN''D\n")
        self.until(b"<BEGIN>")
        return self.until(b"<END>").decode().rpartition("<")[2].rstrip(">")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


@pytest.fixture(params=list(START))
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    (tmp_path / "fields").mkdir()
    for name in ("company", "site"):
        file = tmp_path / "fields" / f"{name}.yaml"
        file.write_text(f"name: {name}\ncategory: [basic, Network gear]\n")
    (tmp_path / "fieldkeep.toml").write_text("[environments.production]\n")
    shell = Shell(request.param, tmp_path)
    yield shell
    shell.end()


def test_a_tab_completes_what_is_typed(shell: Shell) -> None:
    assert {line: shell.completed(line) for line in LINES} == LINES


@pytest.mark.parametrize("name", completion_values.FIRST)
def test_what_is_offered_at_once_is_what_the_command_offers(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent)
    offered = ShellComplete(cli, {}, "fieldkeep", "").get_completions([name], "")
    at_once = completion_values.at_once(cli, [name], "")
    assert at_once
    assert [item.value for item in at_once] == [item.value for item in offered]

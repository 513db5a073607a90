"""The set-up of the scripts: a terminal sees that it moves, a log does not; what works stays."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SLOW = """
echo Collecting rich==1.0
for i in $(seq 300); do [ -e seen ] && exit 3; sleep 0.1; done
"""
# What scripts/sync made; then scripts/test, with a pip that looks whether fieldkeep is there.
AFTER_SYNC = """
mkdir -p "$venv/bin"
printf 'exit 0' >"$venv/bin/python"
chmod +x "$venv/bin/python"
: >"$venv/bin/fieldkeep"
stamp venv "$(identity)"
stamp runtime "$(checksum runtime)"
find_python() { python=:; }
take_lock() { :; }
pip() { [ -e "$venv/bin/fieldkeep" ] || say "fieldkeep is away"; }
environment dev
whole && stamped dev "$(checksum dev)"
"""


def set_up(folder: Path, commands: str, stderr: int) -> subprocess.Popen[bytes]:
    """Commands that use what environment.sh has, with a folder as its .venv."""
    lines = [
        f"script={shlex.quote(str(ROOT / 'scripts' / 'sync'))}",
        f". {shlex.quote(str(ROOT / 'scripts' / 'environment.sh'))}",
        f"venv={shlex.quote(str(folder))}",
        commands,
    ]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm"}
    return subprocess.Popen(
        ["sh", "-eu", "-c", "\n".join(lines)], cwd=folder, env=environment, stderr=stderr
    )


def watched(command: str) -> str:
    """What a user waits for."""
    return f'watched sh -c {shlex.quote(command)} || say "ended with $?"'


def test_a_terminal_sees_what_pip_is_at(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with set_up(tmp_path, watched(SLOW), theirs) as running:
        os.close(theirs)
        shown = ""
        while not re.search(r"\d s Collecting rich==1.0", shown):
            shown += os.read(ours, 1000).decode()
        (tmp_path / "seen").touch()
        running.wait(60)
    shown += os.read(ours, 1000).decode()
    os.close(ours)
    assert shown.endswith("\r\x1b[Kscripts/sync: ended with 3\r\n")


def test_a_log_gets_no_sign(tmp_path: Path) -> None:
    with set_up(tmp_path, watched("exit 3"), subprocess.PIPE) as running:
        _, said = running.communicate(timeout=60)
    assert said.decode() == "scripts/sync: ended with 3\n"


def test_the_tools_of_tests_are_added_to_what_sync_made(tmp_path: Path) -> None:
    with set_up(tmp_path, AFTER_SYNC, subprocess.PIPE) as running:
        _, said = running.communicate(timeout=60)
    assert running.returncode == 0
    assert said.decode() == (
        "scripts/sync: installing what requirements-dev.lock names"
        " (once, about a minute; this needs the network)\n"
    )

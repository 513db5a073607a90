"""The set-up of the scripts: a terminal sees that it moves, a log does not."""

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


def set_up(folder: Path, command: str, stderr: int) -> subprocess.Popen[bytes]:
    """What environment.sh runs while a user waits, on its own."""
    lines = [
        f"script={shlex.quote(str(ROOT / 'scripts' / 'sync'))}",
        f". {shlex.quote(str(ROOT / 'scripts' / 'environment.sh'))}",
        f"venv={shlex.quote(str(folder))}",
        f'watched sh -c {shlex.quote(command)} || say "ended with $?"',
    ]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm"}
    return subprocess.Popen(
        ["sh", "-eu", "-c", "\n".join(lines)], cwd=folder, env=environment, stderr=stderr
    )


def test_a_terminal_sees_what_pip_is_at(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with set_up(tmp_path, SLOW, theirs) as running:
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
    with set_up(tmp_path, "exit 3", subprocess.PIPE) as running:
        _, said = running.communicate(timeout=60)
    assert said.decode() == "scripts/sync: ended with 3\n"

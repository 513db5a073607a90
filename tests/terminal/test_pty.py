"""What only a real terminal can show: that the program knows one, and how wide it is."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from tests.real import forked
from tests.terminal.sample_world import variables
from tests.terminal.terminal import plain, too_wide

WIDTH = 60


def on_a_terminal(week: Path, said: Mapping[str, str], *line: str) -> str:
    """What `fieldkeep list`, or another command, writes to one of 60 columns."""
    master, slave = pty.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, WIDTH, 0, 0))
        streams = (Path(os.ttyname(slave)),) * 3
        environment = {**variables(week), "TERM": "xterm", **said}
        process = forked.FORKS.Process(
            target=forked.become, args=(line or ["list", "-q"], week, environment, streams)
        )
        process.start()
        shown = b""
        while master in wait([master, process.sentinel], timeout=60):
            shown += os.read(master, 1 << 16)
        process.join()
        assert process.exitcode == 0, shown
        return shown.decode().replace("\r\n", "\n")
    finally:
        os.close(slave)
        os.close(master)


def in_a_pipe(week: Path, said: Mapping[str, str]) -> str:
    done = forked.run(["list", "-q"], week, {**variables(week), **said}, 60)
    assert done.code == 0, done.err
    return done.out


def test_a_terminal_gets_color_and_its_width(week: Path) -> None:
    shown = on_a_terminal(week, {})
    assert "\x1b[1;36mcompany" in shown
    assert "✓" in shown
    assert not too_wide(plain(shown), WIDTH)
    assert len(shown.splitlines()) <= 28


@pytest.mark.parametrize("said", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_without_color_keeps_its_width(week: Path, said: Mapping[str, str]) -> None:
    shown = on_a_terminal(week, said)
    assert "\x1b" not in shown
    assert shown.isascii() == ("TERM" in said)
    assert not too_wide(shown, WIDTH)


@pytest.mark.parametrize("said", [{}, {"CI": "true", "GITHUB_ACTIONS": "true"}], ids=str)
def test_a_pipe_or_a_log_gets_neither(week: Path, said: Mapping[str, str]) -> None:
    shown = in_a_pipe(week, {**said, "COLUMNS": "60"})
    assert "\x1b" not in shown
    assert "  __meta_consul_service_metadata_location_code\n" in shown


def test_color_that_is_forced_changes_no_width(week: Path) -> None:
    forced = in_a_pipe(week, {"FORCE_COLOR": "1", "COLUMNS": "60"})
    assert "\x1b[1;36mcompany" in forced
    assert plain(forced) == plain(in_a_pipe(week, {}))


@pytest.mark.parametrize(("closed", "says"), [(">&-", "stderr"), ("<&- 2>&-", "stdout")])
def test_a_stream_may_be_closed(week: Path, closed: str, says: str) -> None:
    program = (sys.executable, "-P", "-m", "fieldkeep", "list")
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *program],
        cwd=week,
        env=variables(week),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip() != b"") == (0, says == "stdout"), done.stderr
    assert (done.stderr.strip() != b"") == (says == "stderr")


@pytest.mark.parametrize(
    ("said", "options", "is_styled"),
    [({}, "-R", True), ({"LESS": "-FR"}, "-FR", True), ({"LESS": "-i"}, "-i", False)],
    ids=["nothing", "LESS=-FR", "LESS=-i"],
)
def test_a_pager_gets_styles_only_if_it_shows_them(
    week: Path, tmp_path: Path, said: Mapping[str, str], options: str, is_styled: bool
) -> None:
    """`less` without -R writes ESC[1;4m where a heading should be bold."""
    less = tmp_path / "less"
    less.write_text('#!/bin/sh\necho "options: $LESS"\nexec cat\n')
    less.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    shown = on_a_terminal(week, {"PATH": path, **said}, "help", "runbook")
    assert f"options: {options}\n" in shown
    assert "Runbook" in shown
    assert ("\x1b[1;4m" in shown) == is_styled


def test_another_pager_gets_plain_text(week: Path) -> None:
    shown = on_a_terminal(week, {"PAGER": "cat"}, "help", "runbook")
    assert "Runbook" in shown
    assert "\x1b" not in shown

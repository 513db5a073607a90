"""The line that moves while a step takes long: it is seen, and gone before anything else is."""

from __future__ import annotations

import sys
import time

import pytest

from fieldkeep.commands import live_line
from fieldkeep.commands.progress import Progress
from fieldkeep.edges.store.kv import StillWaiting, WaitOver
from fieldkeep.model import Skipped
from fieldkeep.operations.events import StoreRead
from fieldkeep.operations.source_events import SourceRead, SourcesRead
from fieldkeep.render.screen import PIPE, Screen
from tests.core.build import KEYS
from tests.render.worlds import world
from tests.terminal.terminal import Terminal

ERASED = "\x1b[2K"
URL = "consul://127.0.0.1:8500"


def a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Not a fixture: pytest replaces stderr between the fixtures and the test."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(live_line, "QUIET_SECONDS", 0.01)
    return made


def appears(terminal: Terminal, text: str, after: str = "") -> None:
    """Wait until it is on the terminal, after other text."""
    limit = time.monotonic() + 20
    while (
        text not in terminal.text().rpartition(after)[2] if after else text not in terminal.text()
    ):
        assert time.monotonic() < limit, terminal.text()
        time.sleep(0.01)


def test_what_takes_long_is_said_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    progress = Progress(Screen(80, color=True), quiet=False)
    with progress.doing("reading 3 sources"):
        appears(terminal, "reading 3 sources")
        progress.line("source north: 12 jobs")
        appears(terminal, "reading 3 sources", after="source north")
    shown = terminal.text()
    first, _, rest = shown.partition("source north")
    assert ERASED in first.rpartition("reading 3 sources")[2]
    assert ERASED in rest.rpartition("reading 3 sources")[2]
    progress.line("extract: done")
    assert "reading" not in terminal.text().removeprefix(shown)


def test_a_store_without_an_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    progress = Progress(Screen(80), quiet=False)
    progress.event(StillWaiting(URL, leaderless=True))
    appears(terminal, f"waiting for {URL}")
    progress.event(WaitOver())
    assert "has no leader" in terminal.text()
    assert ERASED in terminal.text().rpartition("waiting for")[2]


def test_a_question_tells_only_what_did_not_go_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    made = world()
    progress = Progress(Screen(120), quiet=False, question="get")
    progress.event(SourcesRead(()))
    progress.event(StoreRead(made.look()[1]))
    assert terminal.text() == ""
    progress.event(SourceRead(Skipped("north", "refused", 7)))
    made.store.delete(KEYS.document)
    progress.event(StoreRead(made.look()[1]))
    first, second = terminal.text().splitlines()
    assert first.strip() == "source north: not read after 7 ms: refused"
    assert second.startswith("store key absent: using the backup of ")
    Progress(Screen(120), quiet=False, question="status").event(StoreRead(made.look()[1]))
    assert len(terminal.text().splitlines()) == 2, "status says so itself"


def test_a_terminal_of_ascii_gets_no_other_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = a_terminal(monkeypatch)
    with Progress(Screen(80), quiet=False).doing("reading 3 sources"):
        appears(terminal, "reading 3 sources")
    assert terminal.text().isascii()


@pytest.mark.parametrize(
    "progress", [Progress(PIPE, quiet=False), Progress(Screen(80), quiet=True)]
)
def test_a_log_and_quiet_have_none(monkeypatch: pytest.MonkeyPatch, progress: Progress) -> None:
    terminal = a_terminal(monkeypatch)
    with progress.doing("reading 3 sources"):
        progress.event(StillWaiting(URL, leaderless=False))
        progress.event(WaitOver())
        time.sleep(0.1)
    assert "\x1b" not in terminal.text()
    assert "reading" not in terminal.text()

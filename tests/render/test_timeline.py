"""The history as a timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fieldkeep.core.common.times import parse_time, rfc3339
from fieldkeep.core.stored.backups import Backup
from fieldkeep.render.history import LIST, Shown
from fieldkeep.render.screen import PIPE, Screen
from fieldkeep.render.timeline import sparkline
from fieldkeep.render.words import ago
from tests.render.worlds import world

NOW = datetime(2026, 3, 9, 14, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7199, "1 hour ago"),
        (3 * 3600, "3 hours ago"),
        (86_400 * 800, "800 days ago"),
        (-1, "2026-03-09T14:40:01.000Z"),
    ],
)
def test_how_long_ago(seconds: int, text: str) -> None:
    assert ago(rfc3339(NOW - timedelta(seconds=seconds)), NOW) == text


def test_a_time_that_is_none_is_shown_as_it_is_written() -> None:
    assert ago("yesterday\x1b", NOW) == "yesterday\\x1b"


def test_a_sparkline_has_a_bar_for_each_count() -> None:
    assert sparkline((0, 1, 4, 8), unicode=True) == " ▁▄█"
    assert sparkline((0, 1, 4, 8), unicode=False) == ".259"
    assert sparkline((), unicode=True) == ""


def edited_history() -> Shown:
    """Two backups, the newer with an edit, of fields that were not committed."""
    made = world()
    made.files["company"]["display_name"] = "B"
    made.writer = replace(made.writer, dirty=True)
    made.sync()
    return Shown(made.look()[1].history.entries, (), None, NOW + timedelta(days=40_000))


def newest_time(shown: Shown) -> str:
    newest = shown.entries[0]
    assert isinstance(newest, Backup)
    return newest.timestamp


def test_each_entry_tells_what_it_changed_and_that_its_fields_were_not_committed() -> None:
    shown = edited_history()
    terminal = LIST["text"](shown, Screen(80, unicode=True))
    assert "+0 ~1 -0  company" in terminal
    assert terminal.count("with uncommitted changes") == 1
    assert "40,008 days ago" in terminal
    assert newest_time(shown) not in terminal
    assert newest_time(shown) in LIST["text"](shown, Screen(60), wide=True)


def test_few_backups_get_no_picture_and_the_marks_are_explained() -> None:
    shown = edited_history()
    lines = LIST["text"](shown, Screen(80, unicode=True)).splitlines()
    assert lines[0] == "2 backups  40,008 days ago to now"
    assert lines[-1] == "+ created, ~ changed, - deleted since the backup before"
    moment = parse_time(newest_time(shown))
    assert moment
    head = LIST["text"](Shown(shown.entries[:1], (), None, moment), Screen(80)).splitlines()[0]
    assert head == "1 backup  within the last minute"


def test_a_pipe_gets_a_line_for_each_entry_with_its_exact_time() -> None:
    shown = edited_history()
    head, first, second = LIST["text"](shown, PIPE).splitlines()
    assert head.split()[:3] == ["time", "reason", "changes"]
    assert first.split()[1] == newest_time(shown)
    assert "+0 ~1 -0 company" in first
    assert "ago" not in first + second

"""Until when a hold is on, and who may put another in its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fieldkeep.core.stored import hold
from fieldkeep.errors import Refused, UsageError
from fieldkeep.model import Absent, Delete, Put
from tests.core.build import KEYS, NOW, present, snapshot

LATER = "2099-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("90m", NOW + timedelta(minutes=90)),
        ("4h", NOW + timedelta(hours=4)),
        ("2d", NOW + timedelta(days=2)),
        ("2026-03-01T12:00:01Z", NOW + timedelta(seconds=1)),
        ("2026-03-01 12:30", NOW + timedelta(minutes=30)),
        ("2026-03-01T14:30+02:00", NOW + timedelta(minutes=30)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_a_duration_or_a_time(text: str, end: datetime) -> None:
    assert hold.until(text, NOW) == end


@pytest.mark.parametrize(
    "text",
    [
        *("", "4", "h", "-4h", "4 h", "4w", "1.5h", "tomorrow", "٤h", "2026-13-01", "4h\n"),
        *("999999999999999999999d", "9999999d", "9999-12-31T23:59:59-12:00"),
        *("0m", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00+02:00", "2001-01-01"),
    ],
)
def test_what_is_neither_or_is_over(text: str) -> None:
    with pytest.raises(UsageError) as error:
        hold.until(text, NOW)
    assert text in str(error.value)
    assert error.value.hint


def test_a_hold_is_read_as_it_was_written_and_ends_by_itself() -> None:
    made = hold.create(NOW + timedelta(hours=4), "Migration", "ann", NOW)
    live = present(hold.encode(made))
    assert hold.decode(live, NOW) == made
    assert made.until == "2026-03-01T16:00:00.000Z"
    assert made.at == "2026-03-01T12:00:00.000Z"
    assert hold.decode(live, NOW + timedelta(hours=3, minutes=59)) == made
    assert hold.decode(live, NOW + timedelta(hours=4)) is None


@pytest.mark.parametrize(
    "value",
    [b"", b"until further notice", b"null", b"[]", b'{"until": 7}', b'{"until": "2099-01-01"}'],
)
def test_what_cannot_be_read_is_on_and_is_replaced_only_when_asked(value: bytes) -> None:
    shot = snapshot(hold=present(value, index=9))
    found = hold.decode(shot[KEYS.hold], NOW)
    assert found is not None
    assert found.until == ""
    mine = hold.create(NOW + timedelta(hours=1), "mine", hold.UNKNOWN, NOW)
    with pytest.raises(Refused):
        hold.put_unless_held(shot, mine, NOW, replace=False)
    assert hold.put_unless_held(shot, mine, NOW, replace=True) == Put(
        KEYS.hold, hold.encode(mine), 9
    )
    assert hold.delete(shot) == Delete(KEYS.hold, 9)


def test_another_persons_hold_is_replaced_only_when_asked() -> None:
    theirs = {"until": LATER, "reason": "move", "actor": "bob"}
    shot = snapshot(hold=present(theirs, index=9, flags=3))
    mine = hold.create(NOW + timedelta(hours=1), "mine", "ann", NOW)
    with pytest.raises(Refused, match="bob: move") as error:
        hold.put_unless_held(shot, mine, NOW, replace=False)
    assert "--replace" in error.value.hint
    assert hold.put_unless_held(shot, mine, NOW, replace=True).flags == 3


@pytest.mark.parametrize(
    "before",
    [
        {"until": LATER, "reason": "move", "actor": "ann"},
        {"until": "2001-01-01T00:00:00Z", "reason": "long ago", "actor": "bob"},
    ],
)
def test_ones_own_hold_and_one_that_has_ended_make_room(before: dict[str, str]) -> None:
    shot = snapshot(hold=present(before, index=9))
    mine = hold.create(NOW + timedelta(hours=1), "mine", "ann", NOW)
    assert hold.put_unless_held(shot, mine, NOW, replace=False).expect == 9


def test_where_there_is_none() -> None:
    shot = snapshot(hold=Absent())
    mine = hold.create(NOW + timedelta(hours=1), "mine", "ann", NOW)
    assert hold.put_unless_held(shot, mine, NOW, replace=False).expect == 0
    assert hold.delete(shot) is None

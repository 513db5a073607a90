"""What each backup changed, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from fieldkeep.core.common.times import rfc3339
from fieldkeep.core.restore.timeline import Changed, changes, over_time
from fieldkeep.core.stored.backups import Backup, Damaged, Entry, parse
from tests.core.build import NOW, a_document, a_field


def entry(minutes_ago: int, **orders: int) -> Backup:
    """A backup of fields with these orders."""
    fields = [a_field(name, order=order) for name, order in orders.items()]
    time = rfc3339(NOW - timedelta(minutes=minutes_ago))
    made = parse({"backup_timestamp": time, "fields_data": a_document(*fields)})
    assert isinstance(made, Backup)
    return made


def test_each_entry_is_compared_with_the_whole_one_before_it() -> None:
    history: list[Entry] = [
        entry(1, a=2, c=1),
        Damaged(None, "not an object"),
        entry(3, a=1, b=1),
        entry(4, a=1, b=1),
    ]
    assert changes(history) == (
        Changed(created=("c",), updated=("a",), deleted=("b",)),
        None,
        Changed(),
        None,
    )


def test_every_change_lies_in_a_span_and_the_oldest_backup_in_the_first() -> None:
    history = [entry(0, a=3, b=3), entry(10, a=2, b=3), entry(90, a=1, b=1), entry(100, a=1, b=1)]
    assert over_time(history, NOW, 10) == (1, 1, 0, 0, 0, 0, 0, 0, 0, 3)


def test_one_moment_or_a_time_that_is_none_makes_no_picture() -> None:
    unknown = replace(entry(5, a=1), raw={"backup_timestamp": "yesterday"})
    assert over_time([], NOW, 10) == ()
    assert over_time([entry(0, a=1), unknown], NOW, 10) == ()


@given(st.lists(st.integers(-100, 10_000), min_size=1, max_size=6), st.integers(1, 40))
def test_no_change_is_lost_whatever_the_clocks_said(minutes: list[int], spans: int) -> None:
    history = [entry(ago, a=index) for index, ago in enumerate(minutes)]
    assert sum(over_time(history, NOW, spans)) in (0, len(history))

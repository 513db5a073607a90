"""Tables fit the screen, one row a line; in a pipe they are whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from fieldkeep.render.screen import PIPE, Screen, Style
from fieldkeep.render.tables import Column, table

COLUMNS = (
    Column("name"),
    Column("display name", 1, 6),
    Column("order", 3, right=True, extra=True),
    Column("from", 2, 4),
)
ROW = ("company", "A customer of ours", "10", "__meta_consul")
WIDE = Screen(200, unicode=True)


def test_a_pipe_gets_every_cell_whole_however_long() -> None:
    assert table(COLUMNS, [(*ROW[:3], "x " * 200 + "y")], PIPE).splitlines()[1].endswith(" x y")


@pytest.mark.parametrize(
    ("width", "head", "row"),
    [
        (60, "name display name order from", "company A customer of ours 10 __meta_consul"),
        (48, "name display name from", "company A customer of ours __meta_consul"),
        (36, "name display name from", "company A customer… __meta_consul"),
        (22, "name display name", "company A customer o…"),
        (12, "name", "company"),
    ],
)
def test_what_does_not_fit_is_left_out_by_rank_and_then_cut(
    width: int, head: str, row: str
) -> None:
    shown = table(COLUMNS, [ROW], Screen(width, unicode=True)).splitlines()
    assert [" ".join(line.split()) for line in shown] == [head, row]


def test_a_terminal_without_unicode_gets_dots() -> None:
    assert "A custome..." in table(COLUMNS, [ROW], Screen(36))


def test_color_is_that_of_the_cell_alone() -> None:
    columns = (Column("a"), Column("b"))
    shown = table(columns, [(("x", Style.GOOD), "y")], Screen(color=True)).splitlines()
    assert shown[1] == "\x1b[32mx\x1b[0m  y"


@settings(deadline=None)  # the first example imports rich
@given(
    st.lists(st.tuples(*[st.text("ab日 \x1b[", max_size=30)] * 4), max_size=5),
    st.integers(10, 60),
)
def test_no_row_is_wider_than_the_screen_or_takes_two_lines(
    rows: list[tuple[str, ...]], width: int
) -> None:
    columns = (Column("name", least=4), *COLUMNS[1:])
    shown = table(columns, rows, Screen(width, unicode=True)).split("\n")
    assert len(shown) == len(rows) + 1
    assert max(map(cell_len, shown)) <= width

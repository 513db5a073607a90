"""Lines for people: they fit the screen, except for words that are wider than it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from fieldkeep.commands import screens
from fieldkeep.render.screen import PIPE, Screen, Style, draw, line

PLACE = "fields/a-very-long-folder/and-a-file-with-a-long-name/company.yaml:11:8"


def test_a_place_is_never_broken() -> None:
    shown = draw(Screen(width=40), [line("a value from ", PLACE, " and what follows it", indent=2)])
    assert shown.splitlines() == ["a value from", f"  {PLACE}", "  and what follows it"]


def test_a_pipe_gets_whole_lines_without_color() -> None:
    assert draw(PIPE, [line(("word " * 80, Style.ERROR), PLACE)]) == "word " * 80 + PLACE


def test_color_says_what_a_text_is_and_nothing_of_it_is_obeyed() -> None:
    shown = draw(Screen(color=True), [line(("gone\x1b[2J [bold]", Style.DELETE))])
    assert shown == "\x1b[31mgone\\x1b[2J [bold]\x1b[0m"


@settings(deadline=None)  # the first example imports rich
@given(st.text(st.sampled_from("ab日 \x1b["), max_size=60), st.integers(1, 30))
def test_no_line_is_wider_than_the_screen_but_for_one_word(text: str, width: int) -> None:
    plain = draw(PIPE, [text])
    lines = draw(Screen(width=width), [text]).split("\n")
    assert "".join("".join(lines).split()) == "".join(plain.split())
    for shown in lines:
        assert cell_len(shown) <= width or len(shown.split()) == 1


@pytest.mark.parametrize(
    ("environment", "terminal", "colored"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_who_decides_on_color(environment: dict[str, str], terminal: bool, colored: bool) -> None:
    assert screens.colored(environment, terminal=terminal) is colored

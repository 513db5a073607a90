"""Every command on a terminal of 60, 80 and 120 columns, plain and in color.

What they show lies in tests/terminal/shown/, a file a session. Let the program write it anew, and
read what changed:

    FIELDKEEP_UPDATE=1 .venv/bin/python -m pytest -q tests/terminal && git diff tests/terminal
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkeep import __version__
from tests.terminal.sample_world import NOW, PLACE, a_copy, variables
from tests.terminal.sessions import EXEMPT, SESSIONS, program_commands
from tests.terminal.terminal import plain, show, tagged, too_wide

GOLDEN = Path(__file__).parent / "shown"
UPDATE = bool(os.environ.get("FIELDKEEP_UPDATE"))
RENEW = "FIELDKEEP_UPDATE=1 .venv/bin/python -m pytest -q tests/terminal"
WIDTHS = (60, 80, 120)
READ_WIDTH = 80  # whose colors are in the golden file


@pytest.mark.parametrize("name", SESSIONS)
def test_what_a_terminal_shows(name: str, week: Path) -> None:
    colored = {width: played(name, week, width) for width in WIDTHS}
    texts = {width: plain(text) for width, text in colored.items()}
    assert "\x1b" not in "".join(texts.values()), "nothing but colors"
    assert plain(played(name, week, READ_WIDTH, color=False)) == texts[READ_WIDTH]
    golden, file = page(texts, tagged(colored[READ_WIDTH])), GOLDEN / f"{name}.txt"
    if UPDATE:
        file.write_text(golden, "utf-8")
    assert golden == file.read_text("utf-8"), f"if it is right: {RENEW}"
    wide = [line for width, text in texts.items() for line in too_wide(text, width)]
    assert not wide, "\n".join(wide)


def test_every_command_is_shown_or_has_a_reason_not_to_be() -> None:
    shown = {session.replace("-", " ") for session in SESSIONS}
    assert shown.isdisjoint(EXEMPT)
    assert shown | EXEMPT.keys() == set(program_commands())
    assert {f"{name}.txt" for name in SESSIONS} == {file.name for file in GOLDEN.iterdir()}


def test_no_help_is_wider_than_the_terminal(week: Path) -> None:
    for command in ("", *program_commands()):
        line = [*command.split(), "--help"]
        text = show(line, week, variables(week), NOW, width=WIDTHS[0]).plain
        assert text.startswith("Usage: ")
        assert not too_wide(text, WIDTHS[0]), command


def played(name: str, week: Path, width: int, *, color: bool = True) -> str:
    """The session as a terminal shows it, with what differs from run to run made the same."""

    def lines() -> Iterator[str]:
        for line in SESSIONS[name]:
            shown = show(shlex.split(line), root, variables(root), NOW, width=width, color=color)
            yield f"$ fieldkeep {line}\n"
            yield shown.colored
            yield f"(exit code {shown.code})\n" if shown.code else ""

    with a_copy(week) as root:
        text = "".join(lines()).replace(str(root.parent), PLACE)
    return re.sub(rf"\b{re.escape(__version__)}\b", "VERSION", text)


def page(texts: dict[int, str], in_color: str) -> str:
    """What is the same at several widths is written once."""
    parts = []
    for width, text in texts.items():
        same = next((other for other in texts if other < width and texts[other] == text), None)
        parts.append((f"{width} columns", text if same is None else f"as with {same} columns\n"))
        if width == READ_WIDTH:
            parts.append((f"{width} columns, in color", in_color))
    return "\n".join(f"{'-' * 8} {title}\n\n{text}" for title, text in parts)

"""Adds a setting to the text of a settings file, every other line of which stays as it is."""

from __future__ import annotations

import re
import tomllib
from typing import Final

from fieldkeep.settings.settings_file import OWN

_OUR_TABLE: Final = re.compile(r"\s*\[\s*tool\s*\.\s*fieldkeep\s*\]\s*(#.*)?")
_INSIDE_OURS: Final = re.compile(r"\s*\[\s*tool\s*\.\s*fieldkeep\s*\.")
_ABOVE: Final = re.compile(r"\s*(#.*)?")  # blank, or a comment


def with_setting(name: str, text: str, setting: str, value: str) -> str | None:
    """The text of the file ``name`` with one more setting, a text; None if the file is written in
    a way that has no line for it (an inline table, dotted names)."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = _added(name, text.splitlines(), f'{setting} = "{value}"')
    after = "".join(line + end for line in lines)
    expected = tomllib.loads(text)
    ours = expected if name == OWN else expected.setdefault("tool", {}).setdefault("fieldkeep", {})
    ours[setting] = value
    return after if _loaded(after) == expected else None


def _added(name: str, lines: list[str], line: str) -> list[str]:
    if name == OWN:
        at = _above(lines, _first_table(lines))
        gap = [""] if at < len(lines) and lines[at].strip() else []
        return [*lines[:at], line, *gap, *lines[at:]]
    for number, one in enumerate(lines):
        if _OUR_TABLE.fullmatch(one):
            return [*lines[: number + 1], line, *lines[number + 1 :]]
    for number, one in enumerate(lines):
        if _INSIDE_OURS.match(one):
            at = _above(lines, number)
            return [*lines[:at], "[tool.fieldkeep]", line, "", *lines[at:]]
    return lines


def _first_table(lines: list[str]) -> int:
    """The line of the first table's header, which settings of the file itself stand above."""
    for number, line in enumerate(lines):
        inside_a_value = _loaded("\n".join(lines[:number])) is None
        if line.lstrip().startswith("[") and not inside_a_value:
            return number
    return len(lines)


def _above(lines: list[str], number: int) -> int:
    """The first of the comment lines above a line, which belong to it."""
    while number and lines[number - 1].strip() and _ABOVE.fullmatch(lines[number - 1]):
        number -= 1
    return number


def _loaded(text: str) -> object:
    """None for what is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None

"""The files that a step writes to say something: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH."""

from __future__ import annotations

from collections.abc import Iterator


class Malformed(Exception):
    """A file that the runner refuses, which fails the step."""


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """`name=value` lines, and `name<<MARK` ... `MARK` for a value of several lines."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
        elif heredoc >= 0:
            name, _, mark = line.partition("<<")
            if not mark:
                raise Malformed(f"Invalid format '{line}': no delimiter")
            try:
                end = lines.index(mark, at)
            except ValueError:
                raise Malformed(f"Invalid value. Matching delimiter not found '{mark}'") from None
            value, at = "\n".join(lines[at:end]), end + 1
        else:
            raise Malformed(f"Invalid format '{line}'")
        if not name:
            raise Malformed(f"Invalid format '{line}': the name is empty")
        yield name, value

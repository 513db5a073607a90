r"""The log of a GitHub run, whose reader obeys what stands in it.

The runner takes a line that begins with ``::command`` (spaces before it do not count) and a
``##[command]`` anywhere in a line as an order. Names, values and paths are other people's text, so
what leaves this program is written in a way in which no order can be read, whatever put it there:
``\u003a:`` and ``#\u0023[``. Both are the same text again in a JSON string.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

# The runner compares by a culture's rules, which pass over characters without a width: what is not
# printable ASCII may be nothing for it. A carriage return ends a line there too.
_LEADING: Final = re.compile(rb"(^|\r)([^\x21-\x7e\r]*):([^\x21-\x7e\r]*:)")
_ANYWHERE: Final = re.compile(rb"#([^\x20-\x7e]*)#([^\x20-\x7e]*\[)")
_MEANT: Final = re.compile(rb"::(?:error|warning|notice) [^\r\n]*")


class EscapedStream(io.BufferedIOBase):
    """A stream in front of another that hands on whole lines, each without an order in it. While
    ``meant``, annotations are let through."""

    def __init__(self, below: BinaryIO) -> None:
        self.below = below
        self.rest = b""
        self.meant = False

    @property
    def name(self) -> Any:
        return self.below.name

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.below.fileno()

    def isatty(self) -> bool:
        return self.below.isatty()

    def write(self, data: Any) -> int:
        *lines, self.rest = (self.rest + bytes(data)).split(b"\n")
        self.below.write(b"".join(self._harmless(line) + b"\n" for line in lines))
        return len(data)

    def flush(self) -> None:
        """What is no whole line yet stays: its rest may turn it into an order."""
        self.below.flush()

    def end(self) -> None:
        """Hand on the last line, which has no end."""
        rest, self.rest = self.rest, b""
        self.below.write(self._harmless(rest))
        self.below.flush()

    def _harmless(self, line: bytes) -> bytes:
        line = _ANYWHERE.sub(rb"#\1\\u0023\2", line)
        if self.meant and _MEANT.fullmatch(line):
            return line
        return _LEADING.sub(rb"\1\2\\u003a\3", line)


def install(variables: Mapping[str, str]) -> None:
    """From now on, where a runner reads: only harmless lines on stdout and stderr."""
    if variables.get("GITHUB_ACTIONS") != "true":
        return
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            encoding, errors = stream.encoding, stream.errors
            below = EscapedStream(stream.detach())
            text = io.TextIOWrapper(below, encoding, errors, line_buffering=True)
            setattr(sys, name, text)


def end() -> None:
    """Write what is left of both streams."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # none where a file is closed
        stream.flush()
        if isinstance(below := getattr(stream, "buffer", None), EscapedStream):
            below.end()


@contextmanager
def annotating() -> Iterator[None]:
    """Annotations that are written to stdout in here are meant to be obeyed."""
    below = getattr(sys.stdout, "buffer", None)
    if not isinstance(below, EscapedStream):
        yield
        return
    sys.stdout.flush()
    below.meant = True
    try:
        yield
        sys.stdout.flush()
    finally:
        below.meant = False

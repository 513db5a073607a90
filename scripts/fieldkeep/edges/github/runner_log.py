r"""Escapes our output so that the GitHub runner cannot take any of it for a workflow command.

The runner executes a line that begins with ``::command`` (after any spaces) and a ``##[command]``
anywhere in a line. Names, values and paths come from other people, so both are escaped in all
output: ``\u003a:`` and ``#\u0023[``. In a JSON string the escapes are still the same text.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

# The runner compares texts by the rules of a culture, which ignore characters without a width: so
# between the marks anything but printable ASCII is allowed for. A carriage return ends a line too.
_LEADING: Final = re.compile(rb"(^|\r)([^\x21-\x7e\r]*):([^\x21-\x7e\r]*:)")
_ANYWHERE: Final = re.compile(rb"#([^\x20-\x7e]*)#([^\x20-\x7e]*\[)")
_ANNOTATION: Final = re.compile(rb"::(?:error|warning|notice) [^\r\n]*")


class EscapedStream(io.BufferedIOBase):
    """Passes whole lines on to another stream, escaped. While ``annotating``, lines that are
    annotations pass unchanged."""

    def __init__(self, below: BinaryIO) -> None:
        self.below = below
        self.rest = b""
        self.annotating = False

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
        self.below.write(b"".join(self._escaped(line) + b"\n" for line in lines))
        return len(data)

    def flush(self) -> None:
        """Pass whole lines on. A partial line stays: its rest may turn it into a command."""
        self.below.flush()

    def end(self) -> None:
        """Pass the last line on, although it has no line feed."""
        rest, self.rest = self.rest, b""
        self.below.write(self._escaped(rest))
        self.below.flush()

    def _escaped(self, line: bytes) -> bytes:
        line = _ANYWHERE.sub(rb"#\1\\u0023\2", line)
        if self.annotating and _ANNOTATION.fullmatch(line):
            return line
        return _LEADING.sub(rb"\1\2\\u003a\3", line)


def install(variables: Mapping[str, str]) -> None:
    """Escape stdout and stderr from now on, if a GitHub runner reads them."""
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
    """Write what remains of both streams."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        if isinstance(below := getattr(stream, "buffer", None), EscapedStream):
            below.end()


@contextmanager
def annotating() -> Iterator[None]:
    """Let annotations pass that are written to stdout in here."""
    below = getattr(sys.stdout, "buffer", None)
    if not isinstance(below, EscapedStream):
        yield
        return
    sys.stdout.flush()
    below.annotating = True
    try:
        yield
        sys.stdout.flush()
    finally:
        below.annotating = False

"""Files and folders that the command line names as input."""

from __future__ import annotations

import stat
from pathlib import Path

from fieldkeep.core.common import encoding
from fieldkeep.core.common.shape import Unreadable
from fieldkeep.errors import InputError
from fieldkeep.model import MAX_INPUT_BYTES, Source


def exists(path: Path, shown: str) -> bool:
    """Raises InputError if that is unknown: a folder without rights, a name that is too long.
    (What Path.exists makes of these depends on Python's version.)"""
    return _mode(path, shown) is not None


def is_folder(path: Path, shown: str) -> bool:
    """Raises InputError if that is unknown."""
    mode = _mode(path, shown)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: Path, shown: str) -> int | None:
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise InputError(f"{shown}: {error.strerror}", "check the name and its rights") from error


def read(path: Path, shown: str) -> Source:
    """A regular file; text in UTF-16 becomes UTF-8. At most one byte more than MAX_INPUT_BYTES is
    read: enough for the parser to see that the file is too large. Raises InputError."""
    try:
        if not path.is_file():
            what = "is no regular file" if path.exists() else "there is no such file"
            raise InputError(f"{shown}: {what}", "correct the name")
        with path.open("rb") as file:
            content = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise InputError(f"{shown}: {error.strerror}", "check the name and its rights") from error
    is_whole = len(content) <= MAX_INPUT_BYTES
    return Source(shown, encoding.as_utf8(content) if is_whole else content)


def read_artifact(path: Path) -> bytes | Unreadable:
    """The content of a file that another job left, or why it is not there."""
    try:
        content = read(path, path.name).content
    except InputError as error:
        return Unreadable(str(error))
    if len(content) > MAX_INPUT_BYTES:
        return Unreadable(f"{path.name}: more than {MAX_INPUT_BYTES} bytes")
    return content

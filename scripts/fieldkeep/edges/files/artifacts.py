"""Files that another job left: there or not, bounded, and regular."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fieldkeep.core.common.shape import Unreadable
from fieldkeep.edges.files import atomic_files
from fieldkeep.errors import InputError, UsageError

MAX_BYTES: Final = 32 * 1024 * 1024


def read(path: Path) -> bytes | Unreadable:
    """What the file holds; one that is not there is unreadable, which is not empty."""
    try:
        content = atomic_files.read(path, path.name, MAX_BYTES).content
    except InputError as error:
        return Unreadable(str(error))
    if len(content) > MAX_BYTES:
        return Unreadable(f"{path.name}: more than {MAX_BYTES} bytes")
    return content


def size(path: Path) -> int:
    """Bytes that are there already."""
    return path.stat().st_size if path.is_file() else 0


def append(path: Path, text: str) -> None:
    """Add to a file that GitHub made. Raises UsageError."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name a file that can be written") from error

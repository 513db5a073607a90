"""The file that GitHub shows as the summary of a job."""

from __future__ import annotations

from pathlib import Path

from fieldkeep.errors import UsageError


def size(path: Path) -> int:
    """The bytes that earlier steps have written; 0 if the file cannot be looked at."""
    try:
        return path.stat().st_size
    except OSError:
        return 0  # no file yet; append() reports everything else


def append(path: Path, text: str) -> None:
    """Raises UsageError if the file cannot be written."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name a file that can be written") from error

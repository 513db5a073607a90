"""Writes a page into a folder that holds nothing but pages of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from fieldkeep.edges.files import atomic_files
from fieldkeep.errors import Unavailable, UsageError

PAGE: Final = "index.html"


def write(folder: Path, shown: str, content: bytes, ours: Callable[[bytes], bool]) -> None:
    """Write ``content`` as the folder's page, complete or not at all. Raises UsageError, and writes
    nothing, if the folder holds something and no page that is ``ours``; Unavailable if it cannot be
    written."""
    page = folder / PAGE
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
        if taken and not (page.is_file() and ours(page.read_bytes())):
            raise UsageError(
                f"{shown}: is there already, is no catalogue of ours, and is not written over",
                "name an empty folder, or one that does not exist yet",
            )
    except OSError as error:
        hint = "check the folder's rights"
        raise Unavailable(f"{shown}: cannot be read: {error.strerror}", hint) from error
    atomic_files.put(page, f"{shown}/{PAGE}", content, ours, "catalogue")

"""Texts that somebody typed, and that no file of the project holds any more."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Final

from fieldkeep.edges.files.atomic_files import create

_FOLDER: Final = ".fieldkeep/rejected"


def keep(root: Path, name: str, content: bytes) -> Path:
    """Where the text lies now: a new file in a folder that git ignores. Raises Unavailable."""
    folder = root / _FOLDER
    create(folder / ".gitignore", b"*\n")
    paths = (folder / f"{name}-{number}.yaml" for number in count(1))
    return next(path for path in paths if create(path, content))

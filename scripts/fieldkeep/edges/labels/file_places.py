"""Where a configuration's files lie: a folder on disk, or a commit that is not checked out.

Paths are relative to the place; globs are Go's, which match hidden files too.
"""

from __future__ import annotations

import glob
import posixpath
import stat
from abc import ABC, abstractmethod
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from fieldkeep.edges.files.git import Checkout
from fieldkeep.errors import InputError, Unavailable

MAX_BYTES: Final = 16 * 1024 * 1024


class FilesPlace(ABC):
    """``find`` gives the files and folders that a path or a glob names, sorted; a name with glob
    characters in it stands for itself if it is there."""

    @abstractmethod
    def find(self, folder: Path, pattern: str) -> list[Path]:
        """Raises Unavailable for what can be no path."""

    @abstractmethod
    def is_folder(self, path: Path) -> bool:
        """Whether it is a folder."""

    @abstractmethod
    def read(self, path: Path) -> bytes:
        """Raises Unavailable for what is not there or no file, InputError for what is too large."""

    @abstractmethod
    def shown(self, path: Path) -> str:
        """The path as messages name it."""


class Disk(FilesPlace):
    """Files below ``root``, or anywhere by an absolute path."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, folder: Path, pattern: str) -> list[Path]:
        base = self.root / folder
        try:
            if (base / pattern).exists():
                return [folder / pattern]
            # Path.glob takes no absolute pattern.
            names = glob.glob(pattern, root_dir=base, include_hidden=True)  # noqa: PTH207
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise Unavailable(f"{folder / pattern}: {_told(error)}", "correct the path") from error
        return sorted(folder / name for name in names)

    def is_folder(self, path: Path) -> bool:
        return (self.root / path).is_dir()

    def read(self, path: Path) -> bytes:
        full = self.root / path
        try:
            _refuse_special(path, full.stat().st_mode)
            with full.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            hint = "correct the path, or the file's rights"
            raise Unavailable(f"{path}: {_told(error)}", hint) from error
        return _bounded(path, content)

    def shown(self, path: Path) -> str:
        return path.as_posix()


class AtCommit(FilesPlace):
    """Files that a commit holds, relative to the checkout's root."""

    def __init__(self, checkout: Checkout, ref: str) -> None:
        self.checkout, self.ref = checkout, ref
        self.commit = checkout.resolve(ref)

    @cached_property
    def _names(self) -> dict[str, str]:
        return dict(self.checkout.names(self.commit))

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(str(up) for name in self._names for up in PurePosixPath(name).parents)

    def find(self, folder: Path, pattern: str) -> list[Path]:
        wanted = _normal(folder / pattern)
        if wanted in self._names or wanted in self._folders:
            return [Path(wanted)]
        parts = wanted.split("/")
        found = [
            name
            for name in self._names
            if len(split := name.split("/")) == len(parts) and all(map(fnmatchcase, split, parts))
        ]
        return sorted(map(Path, found))

    def is_folder(self, path: Path) -> bool:
        return _normal(path) in self._folders

    def read(self, path: Path) -> bytes:
        name = _normal(path)
        if name not in self._names:
            raise Unavailable(f"{self.shown(path)}: no such file", "correct the source's path")
        content = self.checkout.blob(self._names[name])
        return _bounded(path, content)

    def shown(self, path: Path) -> str:
        return f"git:{self.ref}:{_normal(path)}"


def _normal(path: Path) -> str:
    return posixpath.normpath(path.as_posix())


def _bounded(path: Path, content: bytes) -> bytes:
    if len(content) > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES} bytes", "split the configuration")
    return content


def _refuse_special(path: Path, mode: int) -> None:
    """Opening a pipe would wait for a writer that may never come."""
    if stat.S_ISDIR(mode):
        raise Unavailable(f"{path}: is a directory", "name the file in it")
    if not stat.S_ISREG(mode):
        raise Unavailable(f"{path}: is no regular file", "name the configuration file itself")


def _told(error: OSError | ValueError) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return text or "not a path"

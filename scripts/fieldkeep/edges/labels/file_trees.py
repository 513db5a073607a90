"""The trees that configuration files are read from: a folder on disk, or a commit.

Paths are relative to the tree. Globs match hidden files, as Go's do.
"""

from __future__ import annotations

import glob
import posixpath
import stat
from abc import ABC, abstractmethod
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from os.path import relpath
from pathlib import Path, PurePosixPath
from typing import Final

from fieldkeep.edges.files.git import Checkout
from fieldkeep.errors import InputError, Unavailable

MAX_BYTES: Final = 16 * 1024 * 1024


class FileTree(ABC):
    """Finds and reads files."""

    @abstractmethod
    def find(self, folder: Path, pattern: str) -> list[Path]:
        """The files and folders that a path or glob names, sorted; if a file has the pattern itself
        as its name, only that file. Raises Unavailable if it cannot be a path."""

    @abstractmethod
    def is_folder(self, path: Path) -> bool:
        """Whether it is a folder."""

    @abstractmethod
    def read(self, path: Path) -> bytes:
        """The file's bytes. Raises Unavailable if there is no such file, InputError if it is too
        large."""

    @abstractmethod
    def display_path(self, path: Path) -> str:
        """The path as messages show it."""


class DiskTree(FileTree):
    """Files below ``root``; absolute paths may be anywhere. Messages show a path as seen from
    ``here``."""

    def __init__(self, root: Path, here: Path | None = None) -> None:
        self.root, self.here = root, here or root

    def find(self, folder: Path, pattern: str) -> list[Path]:
        base = self.root / folder
        try:
            if (base / pattern).exists():
                return [folder / pattern]
            # Path.glob takes no absolute pattern.
            names = glob.glob(pattern, root_dir=base, include_hidden=True)  # noqa: PTH207
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise Unavailable(
                f"{folder / pattern}: {_reason(error)}", "correct the path"
            ) from error
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
            raise Unavailable(f"{path}: {_reason(error)}", hint) from error
        return _bounded(path, content)

    def display_path(self, path: Path) -> str:
        if path.is_absolute() or self.here == self.root:
            return path.as_posix()
        return relpath(self.root / path, self.here)


class CommitTree(FileTree):
    """Files of a commit, relative to the root of the checkout."""

    def __init__(self, checkout: Checkout, ref: str) -> None:
        self.checkout, self.ref = checkout, ref
        self.commit = checkout.resolve(ref)

    @cached_property
    def _names(self) -> dict[str, str]:
        return dict(self.checkout.names(self.commit))

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(
            str(folder) for name in self._names for folder in PurePosixPath(name).parents
        )

    def find(self, folder: Path, pattern: str) -> list[Path]:
        path = _normal(folder / pattern)
        if path in self._names or path in self._folders:
            return [Path(path)]
        parts = path.split("/")
        matching = [
            name
            for name in self._names
            if len(split := name.split("/")) == len(parts) and all(map(fnmatchcase, split, parts))
        ]
        return sorted(map(Path, matching))

    def is_folder(self, path: Path) -> bool:
        return _normal(path) in self._folders

    def read(self, path: Path) -> bytes:
        name = _normal(path)
        if name not in self._names:
            raise Unavailable(
                f"{self.display_path(path)}: no such file", "correct the source's path"
            )
        content = self.checkout.blob(self._names[name])
        return _bounded(path, content)

    def display_path(self, path: Path) -> str:
        return f"git:{self.ref}:{_normal(path)}"


class MappedTree(FileTree):
    """Another tree, in which absolute paths below each ``map`` prefix are those below its folder:
    where files lie on a server, and where in the repository."""

    def __init__(self, tree: FileTree, map_: Sequence[tuple[str, str]]) -> None:
        self.tree = tree
        self.map = sorted(map_, key=lambda pair: -len(pair[0]))  # the longest prefix counts

    def find(self, folder: Path, pattern: str) -> list[Path]:
        for prefix, mapped in self.map:
            if pattern.startswith(f"{prefix.rstrip('/')}/"):
                inner = pattern.removeprefix(prefix.rstrip("/")).lstrip("/")
                return self.tree.find(Path(mapped), inner)
        return self.tree.find(folder, pattern)

    def is_folder(self, path: Path) -> bool:
        return self.tree.is_folder(path)

    def read(self, path: Path) -> bytes:
        return self.tree.read(path)

    def display_path(self, path: Path) -> str:
        return self.tree.display_path(path)


def _normal(path: Path) -> str:
    return posixpath.normpath(path.as_posix())


def _bounded(path: Path, content: bytes) -> bytes:
    if len(content) > MAX_BYTES:
        raise InputError(f"{path}: larger than {MAX_BYTES} bytes", "split the configuration")
    return content


def _refuse_special(path: Path, mode: int) -> None:
    """Refuse folders and pipes: opening a pipe would wait for a writer, perhaps for ever."""
    if stat.S_ISDIR(mode):
        raise Unavailable(f"{path}: is a directory", "name the file in it")
    if not stat.S_ISREG(mode):
        raise Unavailable(f"{path}: is no regular file", "name the configuration file itself")


def _reason(error: OSError | ValueError) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return text or "not a path"

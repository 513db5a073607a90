"""The origin of field files and schemas: the working tree, or a commit without a checkout."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

from fieldkeep.edges.files import fieldfiles
from fieldkeep.edges.files.git import Checkout
from fieldkeep.errors import InputError
from fieldkeep.model import Source


class Tree(ABC):
    """``name`` is for messages."""

    name: str

    @abstractmethod
    def fields(self) -> fieldfiles.Read:
        """All field files and the findings of reading them. Raises InputError if there is no
        folder."""

    @abstractmethod
    def schema(self, name: str) -> Source:
        """A schema of the repository, or the packaged one."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of a project's fields and schemas, relative to ``root`` or absolute."""

    root: Path
    fields: str
    schema: str


@dataclass(frozen=True)
class WorkingTree(Tree):
    """The files on disk, committed or not; ``here`` is the user's working directory."""

    folders: Folders
    here: Path

    @property
    def name(self) -> str:  # type: ignore[override]
        return self._shown(self.folders.fields)

    def _shown(self, folder: str) -> str:
        """The shorter of the absolute path and the one relative to ``here``."""
        path = str(self.folders.root / folder)
        return min(relpath(path, self.here), path, key=len)

    def fields(self) -> fieldfiles.Read:
        return fieldfiles.fields(self.folders.root / self.folders.fields, self.name)

    def schema(self, name: str) -> Source:
        folder = self.folders.schema
        return fieldfiles.schema(self.folders.root / folder, self._shown(folder), name)


@dataclass(frozen=True)
class Drafted(Tree):
    """A tree whose field files are replaced by ``content``, which is not written yet."""

    tree: Tree
    content: fieldfiles.Read

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.tree.name

    def fields(self) -> fieldfiles.Read:
        return self.content

    def schema(self, name: str) -> Source:
        return self.tree.schema(name)


@dataclass(frozen=True)
class Taken(Tree):
    """The content of a tree at one moment, so that the bytes that are hashed are those applied."""

    name: str
    content: fieldfiles.Read
    schemas: Mapping[str, Source]

    def fields(self) -> fieldfiles.Read:
        return self.content

    def schema(self, name: str) -> Source:
        return self.schemas[name]


@dataclass(frozen=True)
class Commit(Tree):
    """The files of a commit; the working tree is not touched."""

    folders: Folders
    checkout: Checkout
    commit: str

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{self.folders.fields} at {self.commit[:12]}"

    def _below_root(self, folder: str) -> str:
        """The folder as seen from the root, as a commit knows it; a flag makes it absolute."""
        root = self.folders.root
        return Path(relpath(root / folder, root)).as_posix()

    def fields(self) -> fieldfiles.Read:
        folder = self._below_root(self.folders.fields)
        return fieldfiles.fields_at(self.checkout, self.commit, folder)

    def schema(self, name: str) -> Source:
        folder = self._below_root(self.folders.schema)
        return fieldfiles.schema_at(self.checkout, self.commit, folder, name)


def taken(tree: Tree) -> Taken:
    """Read every file of a tree once. Raises InputError."""
    content = tree.fields()
    names = (fieldfiles.FIELD_SCHEMA, fieldfiles.DOCUMENT_SCHEMA)
    return Taken(tree.name, content, {name: tree.schema(name) for name in names})


def tree(folders: Folders, here: Path, checkout: Checkout | None, ref: str | None) -> Tree:
    """The tree of a commit, or the working tree if ``ref`` is None. Raises InputError if there is
    no such commit."""
    if ref is None:
        return WorkingTree(folders, here)
    if checkout is None:
        message = f"{folders.root} is not a git checkout, so there is no commit '{ref}'"
        raise InputError(message, "run it in a checkout, or leave --ref out")
    return Commit(folders, checkout, checkout.resolve(ref))

"""Where field files and schemas come from: the working tree, or any commit without a checkout."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

from fieldkeep.edges import files
from fieldkeep.edges.git import Checkout
from fieldkeep.errors import InputError
from fieldkeep.model import Source
from fieldkeep.settings import Settings


class Tree(ABC):
    """``name`` is how messages call it."""

    name: str

    @abstractmethod
    def fields(self) -> files.Read:
        """All field files and the findings of reading them. Raises InputError without a folder."""

    @abstractmethod
    def schema(self, name: str) -> Source:
        """A schema of the repository, else the packaged one."""


@dataclass(frozen=True)
class WorkingTree(Tree):
    """What is on disk, committed or not."""

    settings: Settings
    here: Path

    @property
    def name(self) -> str:  # type: ignore[override]
        return self._shown(self.settings.fields)

    def _shown(self, folder: str) -> str:
        """As the user would type it from where they stand."""
        return relpath(self.settings.root / folder, self.here)

    def fields(self) -> files.Read:
        return files.fields(self.settings.root / self.settings.fields, self.name)

    def schema(self, name: str) -> Source:
        folder = self.settings.schema
        return files.schema(self.settings.root / folder, self._shown(folder), name)


@dataclass(frozen=True)
class Drafted(Tree):
    """A tree with other field files than its own: what is only thought of so far."""

    tree: Tree
    content: files.Read

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.tree.name

    def fields(self) -> files.Read:
        return self.content

    def schema(self, name: str) -> Source:
        return self.tree.schema(name)


@dataclass(frozen=True)
class Commit(Tree):
    """What a commit holds; the working tree is not touched."""

    settings: Settings
    checkout: Checkout
    commit: str

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"{self.settings.fields} at {self.commit[:12]}"

    def fields(self) -> files.Read:
        return files.fields_at(self.checkout, self.commit, self.settings.fields)

    def schema(self, name: str) -> Source:
        return files.schema_at(self.checkout, self.commit, self.settings.schema, name)


def tree(settings: Settings, here: Path, checkout: Checkout | None, ref: str | None) -> Tree:
    """Raises InputError for a ref that is no commit, or outside of git."""
    if ref is None:
        return WorkingTree(settings, here)
    if checkout is None:
        message = f"{settings.root} is not a git checkout, so there is no commit '{ref}'"
        raise InputError(message, "run it in a checkout, or leave --ref out")
    return Commit(settings, checkout, checkout.resolve(ref))

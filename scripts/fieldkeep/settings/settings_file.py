"""The file with a project's settings: fieldkeep.toml, or a table in pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fieldkeep.errors import UsageError

OWN: Final = "fieldkeep.toml"
SHARED: Final = "pyproject.toml"
_PREFIX: Final = "tool.fieldkeep"


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """``name`` is for messages; ``table`` are the settings, those of the environments included.
    A project without a file has an empty one that is not ``there``."""

    name: str
    table: Mapping[str, Any]
    there: bool = True

    @property
    def layer(self) -> str:
        """How messages name the settings that no environment has of its own."""
        return self.name if self.name == OWN else f"{self.name} [{_PREFIX}]"

    def of_environment(self, name: str) -> str:
        return f"{self.name} [{self.header(name)}]"

    def header(self, environment: str) -> str:
        """The name of an environment's table."""
        return self._inside(f"environments.{environment}")

    def _inside(self, table: str) -> str:
        return table if self.name == OWN else f"{_PREFIX}.{table}"

    @property
    def environments(self) -> Mapping[str, Any]:
        """Raises UsageError."""
        environments = self.table.get("environments", {})
        if not isinstance(environments, dict):
            raise UsageError(
                f"{self.name}: {self._inside('environments')} is not a table",
                f"write [{self.header('NAME')}]",
            )
        return environments

    @property
    def settings(self) -> Mapping[str, Any]:
        return {name: value for name, value in self.table.items() if name != "environments"}


def find_root(start: Path) -> Path:
    """The nearest folder upwards with a file of settings, or else git's top level, or else
    ``start`` itself."""
    upwards = (start, *start.parents)
    for folder in upwards:
        if (folder / OWN).is_file() or _mentions(folder / SHARED):
            return folder
    return next((folder for folder in upwards if (folder / ".git").exists()), start)


def _mentions(path: Path) -> bool:
    try:
        return path.is_file() and b"[tool.fieldkeep" in path.read_bytes()
    except OSError:
        return True  # reading the settings then raises the error


def read(root: Path) -> SettingsFile:
    """Raises UsageError for a file that cannot be used, or if both files have settings: of two
    truths, one would be forgotten."""
    names = [name for name in (OWN, SHARED) if (root / name).is_file()]
    return of_texts({name: _read(root / name) for name in names}, str(root))


def of_texts(texts: Mapping[str, str], place: str) -> SettingsFile:
    """The settings in the texts of those of the two files that ``place`` has. Raises UsageError."""
    shared = _shared(texts[SHARED]) if SHARED in texts else None
    if OWN not in texts:
        there = shared is not None
        return SettingsFile(SHARED if there else OWN, shared or {}, there)
    if shared is not None:
        raise UsageError(
            f"both {OWN} and {SHARED} ([{_PREFIX}]) have settings, in {place}",
            "move them into one of the two files, and remove them from the other",
        )
    return of_our_own(texts[OWN])


def of_our_own(text: str) -> SettingsFile:
    """The text of a fieldkeep.toml. Raises UsageError."""
    table = _toml(text, OWN)
    if "tool" in table:
        raise UsageError(
            f"{OWN}: [{_PREFIX}] is for {SHARED}",
            f"leave '{_PREFIX}' out here: settings stand at the top, environments in"
            " [environments.NAME]",
        )
    return SettingsFile(OWN, table)


def _shared(text: str) -> Mapping[str, Any] | None:
    """Our table of a pyproject.toml; None if it has none."""
    tool = _toml(text, SHARED).get("tool", {})
    table = tool.get("fieldkeep") if isinstance(tool, dict) else tool
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{SHARED}: {_PREFIX} is not a table", f"write [{_PREFIX}]")
    return table


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name}: not TOML: {error}", "correct the file") from error
    except OSError as error:
        raise UsageError(f"{path.name}: {error.strerror}", "check the file's rights") from error


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}: not TOML: {error}", "correct the file") from error

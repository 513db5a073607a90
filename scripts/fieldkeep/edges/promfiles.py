"""Prometheus configurations on disk, with the files that they name.

Names resolve as in Prometheus: scrape_config_files and file_sd patterns are relative to the file
that holds them, and Go's globs match hidden files too.
"""

from __future__ import annotations

import glob
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from fieldkeep.core.prometheus.config import (
    Configuration,
    Include,
    Pool,
    read_configuration,
    read_included,
    refuse_duplicates,
)
from fieldkeep.core.prometheus.discovery import Discovery, Files, Group, Known, Unseen, read_groups
from fieldkeep.core.prometheus.version import NEWEST, Version
from fieldkeep.core.relabeling.targets import FILEPATH
from fieldkeep.errors import FieldkeepError, InputError, Unavailable
from fieldkeep.model import Source

MAX_BYTES: Final = 16 * 1024 * 1024


class ConfigurationFiles:
    """Reads one source's files; ``count`` is how many were read. Paths are relative to ``root``."""

    def __init__(self, root: Path, version: Version = NEWEST) -> None:
        self.root = root
        self.version = version
        self.count = 0
        self._discovered: dict[Path, Discovery] = {}

    def read_all(self, where: str) -> tuple[Configuration, ...]:
        """The configurations that a path or a glob names.

        Raises:
            Unavailable: no such file, or one that can not be read.
            InputError: one that Prometheus would not start with.
        """
        paths = self._find(Path(), where)
        if not paths:
            raise Unavailable(f"{where}: no such file", "correct the source's path in the settings")
        return tuple(self._configuration(path) for path in paths)

    def _configuration(self, path: Path) -> Configuration:
        main = read_configuration(self._source(path), self.version)
        pools = [*self._resolved(main, path)]
        for include in main.includes:
            for included in self._included(path, include):
                part = read_included(self._source(included), main)
                pools += self._resolved(part, included)
        refuse_duplicates(pools)
        return replace(main, pools=tuple(pools))

    def _included(self, path: Path, include: Include) -> list[Path]:
        """Prometheus takes a pattern that matches nothing. Where the jobs are on the server but
        not here, that would lose them: a name, or an absolute pattern, must match.
        """
        found = self._find(path.parent, include.pattern)
        pattern = Path(include.pattern)
        if not found and (pattern.is_absolute() or not glob.has_magic(include.pattern)):
            raise Unavailable(
                f"{include.where}: scrape_config_files names a file that is not here",
                "put it beside the configuration, or read the source where it is",
            )
        return found

    def _resolved(self, configuration: Configuration, path: Path) -> Iterator[Pool]:
        """The pools with what their file_sd files hold."""
        for pool in configuration.pools:
            found = [part for one in pool.discoveries for part in self._discovery(one, path.parent)]
            yield replace(pool, discoveries=tuple(found))

    def _discovery(self, discovery: Discovery, folder: Path) -> Iterator[Discovery]:
        if not isinstance(discovery, Files):
            yield discovery
            return
        for pattern in discovery.patterns:
            paths = self._find(folder, pattern)
            yield from (self._targets(path) for path in paths)
            if not paths:
                yield Unseen("file")  # written on the server, it may hold anything

    def _targets(self, path: Path) -> Discovery:
        """What a file_sd file holds. Prometheus starts without one that it can not take, and
        keeps what the file held before: what that was is not known here.
        """
        if path not in self._discovered:
            try:
                groups = read_groups(self._source(path), self.version)
            except FieldkeepError:
                self._discovered[path] = Unseen("file")
            else:
                label = {FILEPATH: path.as_posix()}
                named = (Group(group.targets, {**group.labels, **label}) for group in groups)
                self._discovered[path] = Known(tuple(named))
        return self._discovered[path]

    def _find(self, folder: Path, pattern: str) -> list[Path]:
        """The files that a path or a glob names, sorted; a name with glob characters in it
        stands for itself if there is such a file.
        """
        base = self.root / folder
        try:
            if (base / pattern).exists():
                return [folder / pattern]
            # Path.glob takes no absolute pattern.
            names = glob.glob(pattern, root_dir=base, include_hidden=True)  # noqa: PTH207
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise Unavailable(f"{folder / pattern}: {_told(error)}", "correct the path") from error
        return sorted(folder / name for name in names)

    def _source(self, path: Path) -> Source:
        full = self.root / path
        try:
            _refuse_special(path, full.stat().st_mode)
            with full.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            hint = "correct the path, or the file's rights"
            raise Unavailable(f"{path}: {_told(error)}", hint) from error
        if len(content) > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES} bytes", "split the configuration")
        self.count += 1
        return Source(path.as_posix(), content)


def _refuse_special(path: Path, mode: int) -> None:
    """Opening a pipe would wait for a writer that may never come."""
    if stat.S_ISDIR(mode):
        raise Unavailable(f"{path}: is a directory", f"name the file, or a glob: {path}/*.yml")
    if not stat.S_ISREG(mode):
        raise Unavailable(f"{path}: is no regular file", "name the configuration file itself")


def _told(error: OSError | ValueError) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return text or "not a path"

"""Prometheus configurations in files, with the files that they name.

Names resolve as in Prometheus: scrape_config_files and file_sd patterns are relative to the file
that holds them, and Go's globs match hidden files too.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from fieldkeep.core.labels.config.config import (
    Configuration,
    Include,
    Pool,
    read_configuration,
    read_included,
    refuse_duplicates,
)
from fieldkeep.core.labels.config.discovery import (
    Discovery,
    Files,
    Group,
    Known,
    Unseen,
    read_groups,
)
from fieldkeep.core.labels.config.goyaml import Node, Scalar, Table, parse
from fieldkeep.core.labels.relabel.version import NEWEST, Version
from fieldkeep.core.labels.targets import FILEPATH
from fieldkeep.edges.labels.file_places import Disk, FilesPlace
from fieldkeep.errors import FieldkeepError, Unavailable
from fieldkeep.model import Source

MAIN: Final = ("prometheus.yml", "prometheus.yaml")


class ConfigurationFiles:
    """Reads one source's files; ``count`` is how many were read, ``warnings`` what was left out
    and why something could not be known. Paths are relative to the place.
    """

    def __init__(self, place: FilesPlace | Path, version: Version = NEWEST) -> None:
        self.place = Disk(place) if isinstance(place, Path) else place
        self.version = version
        self.count = 0
        self.warnings: list[str] = []
        self._discovered: dict[Path, Discovery] = {}
        self._includes: set[Path] = set()

    def read_all(self, where: str) -> tuple[Configuration, ...]:
        """The configurations that a path, a glob or a folder names.

        Raises:
            Unavailable: no such file, or one that can not be read.
            InputError: one that Prometheus would not start with.
        """
        paths = self._find(Path(), where)
        if not paths:
            shown = self.place.shown(Path(where))
            raise Unavailable(f"{shown}: no such file", "correct the source's path in the settings")
        if paths == [Path(where)] and self.place.is_folder(paths[0]):
            return self._folder(paths[0])
        return tuple(self._configuration(path) for path in paths)

    def _folder(self, folder: Path) -> tuple[Configuration, ...]:
        """Only what Prometheus would be started with: the file of the usual name, else every
        configuration that no other one includes.
        """
        for name in MAIN:
            if self._find(folder, name):
                return (self._configuration(folder / name),)
        listed = sorted({*self._find(folder, "*.yml"), *self._find(folder, "*.yaml")})
        mains = [path for path in listed if _is_main(parse(self._source(path)))]
        found = {path: self._configuration(path) for path in mains}
        own = [path for path in mains if path not in self._includes]
        for path in listed:
            if path not in own and path not in self._includes:
                self.warnings.append(f"{self.place.shown(path)}: left out, no configuration")
        if not own:
            raise Unavailable(
                f"{self.place.shown(folder)}: no Prometheus configuration in this folder",
                "name the file that Prometheus is started with",
            )
        self.count = len(own) + len(self._includes) + len(self._discovered)
        return tuple(found[path] for path in own)

    def _configuration(self, path: Path) -> Configuration:
        main = read_configuration(self._source(path), self.version)
        pools = [*self._resolved(main, path)]
        for include in main.includes:
            for included in self._included(path, include):
                self._includes.add(included)
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
            except FieldkeepError as error:
                self.warnings.append(f"{error}: Prometheus keeps what this file held before")
                self._discovered[path] = Unseen("file")
            else:
                label = {FILEPATH: path.as_posix()}
                named = (Group(group.targets, {**group.labels, **label}) for group in groups)
                self._discovered[path] = Known(tuple(named))
        return self._discovered[path]

    def _find(self, folder: Path, pattern: str) -> list[Path]:
        return self.place.find(folder, pattern)

    def _source(self, path: Path) -> Source:
        content = self.place.read(path)
        self.count += 1
        return Source(self.place.shown(path), content)


def _is_main(root: Node | None) -> bool:
    """Whether a file is one that Prometheus is started with, or may be: rule files begin with
    ``groups``, target files are lists."""
    pairs = root.pairs if isinstance(root, Table) else ()
    names = {key.text for key, _ in pairs if isinstance(key, Scalar)}
    return bool(names & {"global", "scrape_configs", "scrape_config_files"})

"""Reads Prometheus configurations from files, with the files that they refer to.

The patterns of scrape_config_files and file_sd_configs are relative to the file that contains them,
in VictoriaMetrics to the main one.
"""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from fieldkeep.core.labels.config import foreign, wrapped
from fieldkeep.core.labels.config.configuration import (
    Configuration,
    Include,
    ScrapePool,
    read_included,
    read_root,
    refuse_duplicates,
)
from fieldkeep.core.labels.config.discovery import (
    Discovery,
    KnownTargets,
    ServiceDiscovery,
    TargetFiles,
)
from fieldkeep.core.labels.config.goyaml import Node, Scalar, Table, documents, parse, refusal
from fieldkeep.core.labels.config.target_groups import (
    TargetGroup,
    read_target_file,
    refuse_variables,
)
from fieldkeep.core.labels.config.unknown_fields import unknown_fields
from fieldkeep.core.labels.discovery_labels import FILEPATH
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine
from fieldkeep.edges.labels.file_trees import DiskTree, FileTree
from fieldkeep.errors import FieldkeepError, InputError, Unavailable
from fieldkeep.model import Place, Problem, Severity, Source

MAIN: Final = ("prometheus.yml", "prometheus.yaml")
Parse = Callable[[Source], Node | None]


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A configuration that was read; ``common`` holds the fields of the global section that the
    jobs of an included one inherit, and is None for a main one. ``is_value``: it is a value in the
    file."""

    path: Path
    root: Node | None
    common: Mapping[str, Node] | None = None
    is_value: bool = False


class ConfigurationFiles:
    """Reads the files of one source. ``count`` is the number of files read, and ``configurations``
    are those that hold jobs; ``warnings`` say what was left out, and why something is unknown;
    ``unread`` says which jobs may be missing; ``broken`` are findings about target files;
    ``includes`` are the files that another one names. Paths are relative to ``tree``.
    With ``parse_shared`` as ``parse``, no place is known.
    """

    def __init__(
        self,
        tree: FileTree | Path,
        engine: Engine = DEFAULT_ENGINE,
        parse: Parse = parse,
    ) -> None:
        self.tree = DiskTree(tree) if isinstance(tree, Path) else tree
        self.engine = engine
        self.parse = parse
        self.count = 0
        self.warnings: list[str] = []
        self.unread: list[str] = []
        self.broken: list[Problem] = []
        self.configurations: list[ReadFile] = []
        self._target_files: dict[Path, Discovery] = {}
        self.includes: set[Path] = set()

    def read_all(self, where: str) -> tuple[Configuration, ...]:
        """The configurations at a path, a glob or a folder.

        Raises:
            Unavailable: there is no such file, or it cannot be read.
            InputError: Prometheus would not start with it.
        """
        paths, pointer = self._find(Path(), where), ""
        if not paths and "#" in where:
            where, _, pointer = where.partition("#")
            paths = self._find(Path(), where)
        if not paths:
            path = self.tree.display_path(Path(where))
            raise Unavailable(f"{path}: no such file", "correct the source's path in the settings")
        if paths == [Path(where)] and self.tree.is_folder(paths[0]):
            return self._folder(paths[0])
        return tuple(self._configuration(path, wrapped.parse_pointer(pointer)) for path in paths)

    def _folder(self, folder: Path) -> tuple[Configuration, ...]:
        """The configurations that Prometheus would be started with: the file of the usual name, or
        every configuration that no other one includes.
        """
        for name in MAIN:
            if self._find(folder, name):
                return (self._configuration(folder / name),)
        paths = sorted({*self._find(folder, "*.yml"), *self._find(folder, "*.yaml")})
        candidates = [path for path in paths if _may_be_main(self.parse(self._source(path)))]
        configurations = {path: self._configuration(path) for path in candidates}
        mains = [path for path in candidates if path not in self.includes]
        for path in paths:
            if path not in mains and path not in self.includes:
                self.warnings.append(f"{self.tree.display_path(path)}: left out, no configuration")
        if not mains:
            raise Unavailable(
                f"{self.tree.display_path(folder)}: no Prometheus configuration in this folder",
                "name the file that Prometheus is started with",
            )
        self.count = len(mains) + len(self.includes) + len(self._target_files)
        return tuple(configurations[path] for path in mains)

    def _configuration(self, path: Path, pointer: wrapped.Pointer = ()) -> Configuration:
        source = self._source(path)
        refuse_variables(source, self.engine)
        root, is_value = (
            (wrapped.root_at(source, pointer), True) if pointer else _root(source, self.parse)
        )
        self.configurations.append(ReadFile(path, root, is_value=is_value))
        main = read_root(root, self.engine)
        if self.engine.ignores_unknown:
            self.warnings += [
                f"{place}: {self.engine.name} ignores the field {name}, or with its default flags"
                " refuses it"
                for name, place in unknown_fields(root, self.engine)
            ]
        pools = [*self._resolved(main, path)]
        for include in main.includes:
            for included in self._included(path, include):
                self.includes.add(included)
                source = self._source(included)
                refuse_variables(source, self.engine)
                jobs = self.parse(source)
                self.configurations.append(ReadFile(included, jobs, main.common))
                part = read_included(jobs, main)
                pools += self._resolved(part, path if self.engine.files_from_main else included)
        refuse_duplicates(pools)
        return replace(main, pools=tuple(pools))

    def _included(self, path: Path, include: Include) -> list[Path]:
        """The files that a pattern matches. Prometheus accepts a pattern without a match. The jobs
        of a path or an absolute pattern may be on the server only, so that they are not read.
        """
        paths = self._find(path.parent, include.pattern)
        pattern = Path(include.pattern)
        if not paths and (pattern.is_absolute() or not glob.has_magic(include.pattern)):
            self.unread.append(
                f"{include.where}: scrape_config_files names a file that is not here: put it beside"
                " the configuration, or read the source where it is"
            )
        return paths

    def _resolved(self, configuration: Configuration, path: Path) -> Iterator[ScrapePool]:
        """The pools, with the targets of their target files."""
        for fault in configuration.faults:
            self.warnings.append(f"{fault}: {self.engine.name} starts without this job")
        for pool in configuration.pools:
            discoveries = [
                resolved
                for part in pool.discoveries
                for resolved in self._discovery(part, path.parent)
            ]
            yield replace(pool, discoveries=tuple(discoveries))

    def _discovery(self, discovery: Discovery, folder: Path) -> Iterator[Discovery]:
        if not isinstance(discovery, TargetFiles):
            yield discovery
            return
        for pattern in discovery.patterns:
            paths = self._find(folder, pattern)
            yield from (self._targets(path) for path in paths)
            if not paths:
                yield ServiceDiscovery("file")  # the file may be on the server only

    def _targets(self, path: Path) -> Discovery:
        """The targets in a target file. If Prometheus cannot read one, it keeps the targets that
        the file had before, which are unknown here; VictoriaMetrics then has none.
        """
        if path not in self._target_files:
            try:
                groups = read_target_file(self._source(path), self.engine, self.parse)
            except FieldkeepError as error:
                dropped = self.engine.drops_broken_files and isinstance(error, InputError)
                effect = "has no targets" if dropped else "keeps what this file held before"
                self.warnings.append(f"{error}: {self.engine.name} {effect}")
                self.broken.append(self._broken(path, error, effect))
                self._target_files[path] = KnownTargets(()) if dropped else ServiceDiscovery("file")
            else:
                file = {FILEPATH: path.as_posix()}
                groups = tuple(TargetGroup(g.targets, {**g.labels, **file}) for g in groups)
                self._target_files[path] = KnownTargets(groups)
        return self._target_files[path]

    def _broken(self, path: Path, error: FieldkeepError, effect: str) -> Problem:
        problems = error.problems if isinstance(error, InputError) else ()
        where = problems[0].where if problems else Place(self.tree.display_path(path))
        message = problems[0].message if problems else "this target file cannot be read"
        return Problem(
            where,
            "prometheus/target-file",
            f"{message}: {self.engine.name} {effect}",
            error.hint or "correct the file",
            Severity.WARNING,
        )

    def _find(self, folder: Path, pattern: str) -> list[Path]:
        return self.tree.find(folder, pattern)

    def _source(self, path: Path) -> Source:
        content = self.tree.read(path)
        self.count += 1
        return Source(self.tree.display_path(path), content)


def _root(source: Source, parse: Parse) -> tuple[Node | None, bool]:
    """The configuration that a file is, or the only one in it (True).

    Raises:
        InputError: it is neither, and what it is if that is known.
    """
    if error := foreign.template(source):
        raise error
    try:
        root = parse(source)
        if wrapped.is_configuration(root):
            return root, False
        roots = list(documents(source))
        pointers = wrapped.find(source)
    except InputError as fault:
        raise foreign.template(source, fault) or fault from fault
    if len(pointers) == 1:
        return wrapped.root_at(source, pointers[0]), True
    if pointers:
        names = [f"{source.path}#{wrapped.format_pointer(pointer)}" for pointer in pointers]
        message = f"{len(names)} values in it are configurations"
        raise refusal(Place(source.path), message, f"name one of {', '.join(names)}")
    if error := foreign.resource(roots) or foreign.holds_none(roots):
        raise error
    return root, False


def _may_be_main(root: Node | None) -> bool:
    """Whether Prometheus may be started with the file. Rule files begin with ``groups``, target
    files are lists."""
    pairs = root.pairs if isinstance(root, Table) else ()
    names = {key.text for key, _ in pairs if isinstance(key, Scalar)}
    return bool(names & {"global", "scrape_configs", "scrape_config_files"})

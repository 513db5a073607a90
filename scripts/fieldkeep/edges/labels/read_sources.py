"""Reads the configured sources of labels.

A source is read completely or not at all: if one of its files or servers fails, it is ``Skipped``.
A shorter list of labels could get fields deleted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fieldkeep.core.labels.config.configuration import Configuration, ScrapePool
from fieldkeep.core.labels.config.goyaml import parse, parse_shared
from fieldkeep.core.labels.extract import read_pools
from fieldkeep.core.labels.redact import redact, redact_labels
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, NEWEST, Engine, engine_of
from fieldkeep.core.labels.relabel.version import PROMETHEUS, Version
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles, Parse
from fieldkeep.edges.labels.file_trees import CommitTree, DiskTree, FileTree, MappedTree
from fieldkeep.errors import FieldkeepError, InputError, Unavailable
from fieldkeep.model import Extracted, Problem, Reading, Skipped
from fieldkeep.settings.sources import SourceSetting, is_url

MAX_THREADS: Final = 8
GIT: Final = "git:"


@dataclass(frozen=True, slots=True)
class ReadContext:
    """Paths are relative to ``root``; messages show them as seen from ``here``. ``version`` is the
    release of sources that name none, ``variables`` is the environment that secrets are taken from,
    ``tell`` is called with each reading (from several threads)."""

    root: Path
    version: Version | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    checkout: Checkout | None = None
    tell: Callable[[Reading], None] = lambda _: None
    here: Path | None = None


def read_all(sources: Mapping[str, SourceSetting], context: ReadContext) -> tuple[Reading, ...]:
    """The readings of all sources, in the same order, read in parallel."""
    with ThreadPoolExecutor(MAX_THREADS) as threads:
        return tuple(threads.map(lambda name: read_source(name, sources[name], context), sources))


def read_source(name: str, setting: SourceSetting, context: ReadContext) -> Reading:
    """The reading of one source; ``Skipped`` if any part of it cannot be read. Raises Refused if a
    secret may not be sent to its server."""
    started = time.monotonic()
    reading: Reading
    try:
        reading = replace(_read(name, setting, context), duration_ms=_milliseconds_since(started))
    except (InputError, Unavailable) as error:
        reading = Skipped(name, _reason(error), _milliseconds_since(started))
    context.tell(reading)
    return reading


def pools_of(setting: SourceSetting, context: ReadContext) -> tuple[ScrapePool, ...]:
    """The scrape pools of a source with their rules, and with targets from its catalogue.

    Raises:
        InputError, Unavailable: the source cannot be read.
    """
    engine = _engine(setting, context)
    configurations: list[Configuration] = []
    for where in setting.where:
        if is_url(where):
            from fieldkeep.edges.labels.api import Api
            from fieldkeep.edges.labels.prometheus_server import read_printed_configuration

            with Api(where, setting.access, context.variables) as api:
                configurations.append(read_printed_configuration(api, engine))
        else:
            configurations += _read_files(where, setting, engine or DEFAULT_ENGINE, context)[0]
    pools = _pools(configurations)
    if setting.catalog is None:
        return tuple(pools)
    from fieldkeep.edges.labels import live_targets

    return tuple(
        live_targets.with_catalog_targets(pools, setting.catalog, setting, context.variables)
    )


def check_files(setting: SourceSetting, context: ReadContext) -> tuple[int, list[Problem]]:
    """The number of configurations in the files of a source, and what Prometheus would refuse or
    miss in them. Why a file cannot be read is not said here.
    """
    from fieldkeep.edges.labels.check_files import check_read_files

    problems: list[Problem] = []
    count = 0
    engine = _engine(setting, context) or DEFAULT_ENGINE
    for where in setting.where:
        if is_url(where):
            continue
        with suppress(Unavailable):
            files, path = _open(where, setting, engine, context)
            with suppress(InputError, Unavailable):
                files.read_all(path)
            count += len(files.configurations)
            problems += check_read_files(files)
    return count, problems


def includes(setting: SourceSetting, context: ReadContext) -> frozenset[str]:
    """The files that the configurations of a source include, relative to the root. Raises
    InputError, Unavailable."""
    engine = _engine(setting, context) or DEFAULT_ENGINE
    read = [_read_files(where, setting, engine, context)[1] for where in setting.where]
    return frozenset(path.as_posix() for files in read for path in files.includes)


def _engine(setting: SourceSetting, context: ReadContext) -> Engine | None:
    """The engine that the settings name; None if they name none."""
    version = _version(setting, context)
    is_named = version is not None or setting.engine != PROMETHEUS
    if not is_named:
        return None
    return replace(engine_of(setting.engine, version), ignores_unknown=not setting.strict)


def _version(setting: SourceSetting, context: ReadContext) -> Version | None:
    """The version in the settings; ``source_version`` is one of Prometheus."""
    return setting.version or (context.version if setting.engine == PROMETHEUS else None)


def _read(name: str, setting: SourceSetting, context: ReadContext) -> Extracted:
    engine = _engine(setting, context)
    places = [
        _read_server(where, setting, engine, context)
        if is_url(where)
        else _read_place(where, setting, engine, context)
        for where in setting.where
    ]
    pools = tuple(pool for place in places for pool in place.pools)
    if setting.live is not None:
        from fieldkeep.edges.labels import live_targets

        pools = live_targets.completed_by_server(
            pools, setting.live, setting, engine, context.variables
        )
    return Extracted(
        source=name,
        external_labels=redact_labels(_first_wins(place.external_labels for place in places)),
        pools=pools,
        files=sum(place.files for place in places),
        port=next((place.port for place in places if place.port is not None), None),
        warnings=tuple(warning for place in places for warning in place.warnings),
        unread="; ".join(filter(None, (place.unread for place in places))),
        broken=tuple(text for place in places for text in place.broken),
        product=places[0].product,
        version=places[0].version,
        assumed=any(place.assumed for place in places),
    )


def _read_place(
    where: str, setting: SourceSetting, engine: Engine | None, context: ReadContext
) -> Extracted:
    """The reading of a file, glob or folder, on disk or in a commit."""
    used = engine or DEFAULT_ENGINE
    configurations, files = _read_quickly(where, setting, used, context)
    pools = _pools(configurations)
    if setting.catalog is None:
        readings = read_pools(pools)
    else:
        from fieldkeep.edges.labels import live_targets

        readings = live_targets.completed_by_catalog(
            pools, setting.catalog, setting, context.variables
        )
    return Extracted(
        source=where,
        external_labels=_first_wins(part.external_labels for part in configurations),
        pools=readings,
        files=files.count,
        warnings=(*_newer(used), *files.warnings, *files.unread),
        broken=tuple(f"{problem.where}: {problem.message}" for problem in files.broken),
        unread="; ".join(files.unread),
        product=used.product,
        version=str(used.version),
        assumed=_version(setting, context) is None,
    )


def _read_quickly(
    where: str, setting: SourceSetting, engine: Engine, context: ReadContext
) -> tuple[tuple[Configuration, ...], ConfigurationFiles]:
    """The same as ``_read_files``, but no place is known, and equal rules are read once. If there
    is anything to say about the files, they are read again, with the places to say it about."""
    files, path = _open(where, setting, engine, context, parse_shared)
    with suppress(InputError):
        configurations = files.read_all(path)
        if not (files.warnings or files.unread or files.broken):
            return configurations, files
    return _read_files(where, setting, engine, context)


def _read_files(
    where: str, setting: SourceSetting, engine: Engine, context: ReadContext
) -> tuple[tuple[Configuration, ...], ConfigurationFiles]:
    """The configurations at a place, and the reader that read them."""
    files, path = _open(where, setting, engine, context)
    return files.read_all(path), files


def _open(
    where: str,
    setting: SourceSetting,
    engine: Engine,
    context: ReadContext,
    parse: Parse = parse,
) -> tuple[ConfigurationFiles, str]:
    """A reader of the files at a place, and the place's path in its tree."""
    tree: FileTree = DiskTree(context.root, context.here)
    path = where
    if where.startswith(GIT):
        ref, colon, path = where.removeprefix(GIT).partition(":")
        if not colon or not ref or not path:
            raise Unavailable(f"{where}: not git:REV:PATH", "for example git:main:prometheus.yml")
        if context.checkout is None:
            raise Unavailable(f"{where}: this is no git checkout", "run it in the checkout")
        tree = CommitTree(context.checkout, ref)
    mapped = MappedTree(tree, setting.map) if setting.map else tree
    return ConfigurationFiles(mapped, engine, parse), path


def _read_server(
    where: str, setting: SourceSetting, engine: Engine | None, context: ReadContext
) -> Extracted:
    """The reading of a running Prometheus: its rules, and the labels of its targets."""
    from fieldkeep.core.labels.live import with_live_targets
    from fieldkeep.edges.labels.api import Api
    from fieldkeep.edges.labels.prometheus_server import read_server

    with Api(where, setting.access, context.variables) as api:
        server = read_server(api, engine)
    warning = (
        "this server keeps jobs in scrape_config_files, which it does not show: their labels are "
        "known from their targets, their rules are not; name the files, with live = this server"
    )
    return Extracted(
        source=where,
        external_labels=server.configuration.external_labels,
        pools=with_live_targets(read_pools(server.configuration.pools), server.targets),
        files=0,
        port=server.port,
        warnings=(warning,) if server.configuration.includes else (),
        product=server.engine.product,
        version=str(server.engine.version),
    )


def _newer(engine: Engine) -> Iterator[str]:
    if engine.product == PROMETHEUS and engine.version > NEWEST:
        yield f"{engine} is newer than {NEWEST}, the newest that is known here: read as that"


def _pools(configurations: Iterable[Configuration]) -> Sequence[ScrapePool]:
    return [pool for configuration in configurations for pool in configuration.pools]


def _first_wins(label_sets: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """All labels; of several values of one, the first."""
    merged: dict[str, str] = {}
    for labels in reversed(list(label_sets)):
        merged |= labels
    return merged


def _reason(error: FieldkeepError) -> str:
    return redact(f"{error}; {error.hint}" if error.hint else str(error))


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)

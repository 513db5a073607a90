"""What each configured source of Prometheus labels says, or why it could not be read.

A source is read completely or not at all: one file or server that fails makes it ``Skipped``,
never a shorter list of labels, because what is not listed may end up deleted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fieldkeep.core.labels.config.config import Configuration, Pool
from fieldkeep.core.labels.config.consul_sd import ConsulQuery
from fieldkeep.core.labels.config.discovery import Discovery, Files, Known, Unseen
from fieldkeep.core.labels.extract import read_pools, shown_targets
from fieldkeep.core.labels.live import settle, settle_pool
from fieldkeep.core.labels.redact import redact, redact_labels
from fieldkeep.core.labels.relabel.version import NEWEST, Version
from fieldkeep.edges.files.git import Checkout
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles
from fieldkeep.edges.labels.file_places import AtCommit, Disk, FilesPlace
from fieldkeep.errors import FieldkeepError, Unavailable
from fieldkeep.model import Extracted, PoolReading, Reading, Skipped
from fieldkeep.settings.sources import SourceSetting, is_url

if TYPE_CHECKING:
    from fieldkeep.edges.labels.catalog import Catalog

MAX_THREADS: Final = 8
GIT: Final = "git:"


def _nobody(reading: Reading) -> None:
    _ = reading


@dataclass(frozen=True, slots=True)
class ReadContext:
    """Where sources are read: paths are relative to ``root``, ``version`` is that of sources which
    name none, ``variables`` may hold their secrets, ``tell`` hears of each one that is done (from
    a thread of its own)."""

    root: Path
    version: Version | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    checkout: Checkout | None = None
    tell: Callable[[Reading], None] = _nobody


def read_all(sources: Mapping[str, SourceSetting], around: ReadContext) -> tuple[Reading, ...]:
    """Every source in the order given, read in parallel. A source that fails is ``Skipped``."""
    with ThreadPoolExecutor(MAX_THREADS) as threads:
        return tuple(threads.map(lambda name: read_source(name, sources[name], around), sources))


def read_source(name: str, setting: SourceSetting, around: ReadContext) -> Reading:
    """One source."""
    started = time.monotonic()
    reading: Reading
    try:
        reading = replace(_read(name, setting, around), duration_ms=_since(started))
    except FieldkeepError as error:
        reading = Skipped(name, _reason(error), _since(started))
    around.tell(reading)
    return reading


def pools_of(setting: SourceSetting, around: ReadContext) -> tuple[Pool, ...]:
    """The scrape pools of a source with their rules, before anything live is known of them.

    Raises:
        InputError, Unavailable: it can not be read.
    """
    version = setting.version or around.version
    found: list[Configuration] = []
    for where in setting.where:
        if is_url(where):
            from fieldkeep.edges.labels.api import Api
            from fieldkeep.edges.labels.server import read_printed

            with Api(where, setting.access, around.variables) as api:
                found.append(read_printed(api, version))
        else:
            found += _files(where, version or NEWEST, around)[0]
    pools = [pool for configuration in found for pool in configuration.pools]
    return tuple(found for found, _ in _with_catalog(pools, setting, around))


def _read(name: str, setting: SourceSetting, around: ReadContext) -> Extracted:
    version = setting.version or around.version
    parts = [_place(where, setting, version, around) for where in setting.where]
    pools = tuple(pool for part in parts for pool in part.pools)
    if setting.live is not None:
        pools = _settled_by_targets(pools, setting, version, around)
    return Extracted(
        source=name,
        external_labels=redact_labels(_first_wins(part.external_labels for part in parts)),
        pools=pools,
        files=sum(part.files for part in parts),
        port=next((part.port for part in parts if part.port is not None), None),
        warnings=tuple(warning for part in parts for warning in part.warnings),
    )


def _place(
    where: str, setting: SourceSetting, version: Version | None, around: ReadContext
) -> Extracted:
    """What one place says. Each kind of place is a case of its own."""
    if is_url(where):
        return _server(where, setting, version, around)
    found, files = _files(where, version or NEWEST, around)
    pools = [pool for configuration in found for pool in configuration.pools]
    return Extracted(
        source=where,
        external_labels=_first_wins(one.external_labels for one in found),
        pools=_settled_by_catalog(pools, setting, around),
        files=files.count,
        warnings=tuple(files.warnings),
    )


def _files(
    where: str, version: Version, around: ReadContext
) -> tuple[tuple[Configuration, ...], ConfigurationFiles]:
    place: FilesPlace = Disk(around.root)
    path = where
    if where.startswith(GIT):
        ref, colon, path = where.removeprefix(GIT).partition(":")
        if not colon or not ref or not path:
            raise Unavailable(f"{where}: not git:REV:PATH", "for example git:main:prometheus.yml")
        if around.checkout is None:
            raise Unavailable(f"{where}: this is no git checkout", "run it in the checkout")
        place = AtCommit(around.checkout, ref)
    files = ConfigurationFiles(place, version)
    return files.read_all(path), files


def _server(
    where: str, setting: SourceSetting, version: Version | None, around: ReadContext
) -> Extracted:
    """A running Prometheus: its configuration tells who sets a label, its targets which labels."""
    from fieldkeep.edges.labels.api import Api
    from fieldkeep.edges.labels.server import read_server

    with Api(where, setting.access, around.variables) as api:
        found = read_server(api, version)
    settled = settle(read_pools(found.configuration.pools), found.targets)
    hidden = found.configuration.includes
    warning = (
        "this server keeps jobs in scrape_config_files, which it does not show: their labels are "
        "known from their targets, their rules are not; name the files, with live = this server"
    )
    return Extracted(
        source=where,
        external_labels=found.configuration.external_labels,
        pools=settled,
        files=0,
        port=found.port,
        warnings=(warning,) if hidden else (),
    )


def _settled_by_targets(
    pools: Sequence[PoolReading],
    setting: SourceSetting,
    version: Version | None,
    around: ReadContext,
) -> tuple[PoolReading, ...]:
    from fieldkeep.edges.labels.api import Api
    from fieldkeep.edges.labels.server import read_targets, read_version

    assert setting.live is not None
    with Api(setting.live, setting.access, around.variables) as api:
        targets = read_targets(api, version or read_version(api))
    return settle(pools, targets)


def _settled_by_catalog(
    pools: Sequence[Pool], setting: SourceSetting, around: ReadContext
) -> tuple[PoolReading, ...]:
    readings = read_pools(pools)
    settled = []
    for reading, (pool, changed) in zip(
        readings, _with_catalog(pools, setting, around), strict=True
    ):
        complete = not any(isinstance(one, Unseen | Files) for one in pool.discoveries)
        targets = list(shown_targets(pool)) if changed else []
        settled.append(settle_pool(reading, targets, complete) if changed else reading)
    return tuple(settled)


def _with_catalog(
    pools: Sequence[Pool], setting: SourceSetting, around: ReadContext
) -> list[tuple[Pool, bool]]:
    """The pools with the targets that the catalogue gives their consul_sd_configs, and whether it
    gave any of them a say."""
    asked = any(_query_of(one) for pool in pools for one in pool.discoveries)
    if setting.catalog is None or not asked:
        return [(pool, False) for pool in pools]
    from fieldkeep.edges.labels.api import Api
    from fieldkeep.edges.labels.catalog import Catalog

    with Api(setting.catalog, setting.catalog_access, around.variables, consul=True) as api:
        catalog = Catalog(api)
        return [_discovered(pool, catalog) for pool in pools]


def _query_of(discovery: Discovery) -> ConsulQuery | None:
    return discovery.query if isinstance(discovery, Unseen) else None


def _discovered(pool: Pool, catalog: Catalog) -> tuple[Pool, bool]:
    discoveries = tuple(
        Known(catalog.groups(query)) if (query := _query_of(one)) else one
        for one in pool.discoveries
    )
    return replace(pool, discoveries=discoveries), discoveries != pool.discoveries


def _first_wins(given: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """Of several places the first that gives a label counts."""
    labels: dict[str, str] = {}
    for one in reversed(list(given)):
        labels |= one
    return labels


def _reason(error: FieldkeepError) -> str:
    return redact(f"{error}; {error.hint}" if error.hint else str(error))


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)

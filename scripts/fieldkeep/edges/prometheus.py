"""What each configured source of Prometheus labels says, or why it could not be read.

A source is read completely or not at all: one file or server that fails makes it ``Skipped``,
never a shorter list of labels, because what is not listed may end up deleted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fieldkeep.core.extract import read_pools, shown_targets
from fieldkeep.core.live import settle, settle_pool
from fieldkeep.core.prometheus.config import Configuration, Pool
from fieldkeep.core.prometheus.discovery import Files, Known, Unseen
from fieldkeep.core.prometheus.version import NEWEST, Version
from fieldkeep.edges.git import Checkout
from fieldkeep.edges.places import AtCommit, Disk, FilesPlace
from fieldkeep.edges.promfiles import ConfigurationFiles
from fieldkeep.errors import FieldkeepError, Unavailable
from fieldkeep.model import Extracted, PoolReading, Reading, Skipped
from fieldkeep.sources import SourceSetting, is_url

if TYPE_CHECKING:
    from fieldkeep.edges.catalog import Catalog

MAX_THREADS: Final = 8
GIT: Final = "git:"


def _nobody(reading: Reading) -> None:
    _ = reading


@dataclass(frozen=True, slots=True)
class Around:
    """Where sources are read: paths are relative to ``root``, ``version`` is that of sources which
    name none, ``variables`` may hold their secrets, ``tell`` hears of each one that is done (from
    a thread of its own)."""

    root: Path
    version: Version | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    checkout: Checkout | None = None
    tell: Callable[[Reading], None] = _nobody


def read_all(sources: Mapping[str, SourceSetting], around: Around) -> tuple[Reading, ...]:
    """Every source in the order given, read in parallel. A source that fails is ``Skipped``."""
    with ThreadPoolExecutor(MAX_THREADS) as threads:
        return tuple(threads.map(lambda name: read_source(name, sources[name], around), sources))


def read_source(name: str, setting: SourceSetting, around: Around) -> Reading:
    """One source."""
    started = time.monotonic()
    reading: Reading
    try:
        reading = replace(_read(name, setting, around), duration_ms=_since(started))
    except FieldkeepError as error:
        reading = Skipped(name, _reason(error), _since(started))
    around.tell(reading)
    return reading


def configurations(setting: SourceSetting, around: Around) -> tuple[Configuration, ...]:
    """What the files of a source say, servers left aside. Raises InputError, Unavailable."""
    version = setting.version or around.version or NEWEST
    places = [where for where in setting.where if not is_url(where)]
    return tuple(one for where in places for one in _files(where, version, around)[0])


def _read(name: str, setting: SourceSetting, around: Around) -> Extracted:
    version = setting.version or around.version
    parts = [_place(where, setting, version, around) for where in setting.where]
    pools = tuple(pool for part in parts for pool in part.pools)
    if setting.live is not None:
        pools = _settled_by_targets(pools, setting, version, around)
    return Extracted(
        source=name,
        external_labels=_first_wins(part.external_labels for part in parts),
        pools=pools,
        files=sum(part.files for part in parts),
        port=next((part.port for part in parts if part.port is not None), None),
        warnings=tuple(warning for part in parts for warning in part.warnings),
    )


def _place(
    where: str, setting: SourceSetting, version: Version | None, around: Around
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
    where: str, version: Version, around: Around
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
    where: str, setting: SourceSetting, version: Version | None, around: Around
) -> Extracted:
    """A running Prometheus: its configuration tells who sets a label, its targets which labels."""
    from fieldkeep.edges.api import Api
    from fieldkeep.edges.promserver import read_server

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
    pools: Sequence[PoolReading], setting: SourceSetting, version: Version | None, around: Around
) -> tuple[PoolReading, ...]:
    from fieldkeep.edges.api import Api
    from fieldkeep.edges.promserver import read_targets, read_version

    assert setting.live is not None
    with Api(setting.live, setting.access, around.variables) as api:
        targets = read_targets(api, version or read_version(api))
    return settle(pools, targets)


def _settled_by_catalog(
    pools: Sequence[Pool], setting: SourceSetting, around: Around
) -> tuple[PoolReading, ...]:
    readings = read_pools(pools)
    asked = [pool for pool in pools if any(_query_of(one) for one in pool.discoveries)]
    if setting.catalog is None or not asked:
        return readings
    from fieldkeep.edges.api import Api
    from fieldkeep.edges.catalog import Catalog

    with ExitStack() as stack:
        access = setting.catalog_access
        api = stack.enter_context(Api(setting.catalog, access, around.variables, consul=True))
        catalog = Catalog(api)
        return tuple(
            _discovered(pool, reading, catalog)
            for pool, reading in zip(pools, readings, strict=True)
        )


def _query_of(discovery: object) -> bool:
    return isinstance(discovery, Unseen) and discovery.query is not None


def _discovered(pool: Pool, reading: PoolReading, catalog: Catalog) -> PoolReading:
    """The pool with the targets that the catalogue gives its consul_sd_configs."""
    discoveries = [
        Known(catalog.groups(one.query)) if isinstance(one, Unseen) and one.query else one
        for one in pool.discoveries
    ]
    if discoveries == list(pool.discoveries):
        return reading
    complete = not any(isinstance(one, Unseen | Files) for one in discoveries)
    found = replace(pool, discoveries=tuple(discoveries))
    return settle_pool(reading, list(shown_targets(found)), complete)


def _first_wins(given: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """Of several places the first that gives a label counts."""
    labels: dict[str, str] = {}
    for one in reversed(list(given)):
        labels |= one
    return labels


def _reason(error: FieldkeepError) -> str:
    return f"{error}; {error.hint}" if error.hint else str(error)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)

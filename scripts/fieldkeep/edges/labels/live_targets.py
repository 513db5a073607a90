"""Asks running servers for the targets that a source's files leave open.

``live`` is a Prometheus, ``catalog`` a Consul whose catalogue consul_sd_configs discover.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.config.consul_sd import ConsulQuery
from fieldkeep.core.labels.config.discovery import (
    Discovery,
    KnownTargets,
    ServiceDiscovery,
    TargetFiles,
)
from fieldkeep.core.labels.extract import known_target_labels, read_pools
from fieldkeep.core.labels.live import complete_pool, with_live_targets
from fieldkeep.core.labels.relabel.engine import Engine
from fieldkeep.edges.labels.api import Api
from fieldkeep.edges.labels.consul_catalog import ConsulCatalog
from fieldkeep.edges.labels.prometheus_server import read_engine, read_targets
from fieldkeep.model import PoolReading
from fieldkeep.settings.sources import SourceSetting


def completed_by_server(
    readings: Sequence[PoolReading],
    url: str,
    setting: SourceSetting,
    engine: Engine | None,
    variables: Mapping[str, str],
) -> tuple[PoolReading, ...]:
    """The readings completed by the targets of the Prometheus at ``url``. Raises Unavailable."""
    with Api(url, setting.access, variables) as api:
        targets = read_targets(api, engine or read_engine(api))
    return with_live_targets(readings, targets)


def completed_by_catalog(
    pools: Sequence[ScrapePool], url: str, setting: SourceSetting, variables: Mapping[str, str]
) -> tuple[PoolReading, ...]:
    """The readings of pools, completed by the catalogue of the Consul at ``url``.

    Raises:
        Unavailable: the catalogue cannot be read.
    """
    readings = read_pools(pools)
    with_targets = with_catalog_targets(pools, url, setting, variables)
    return tuple(
        reading if discovered is pool else _completed(reading, discovered)
        for reading, pool, discovered in zip(readings, pools, with_targets, strict=True)
    )


def _completed(reading: PoolReading, pool: ScrapePool) -> PoolReading:
    all_targets = not any(
        isinstance(part, ServiceDiscovery | TargetFiles) for part in pool.discoveries
    )
    return complete_pool(reading, list(known_target_labels(pool)), all_targets)


def with_catalog_targets(
    pools: Sequence[ScrapePool], url: str, setting: SourceSetting, variables: Mapping[str, str]
) -> Sequence[ScrapePool]:
    """The pools, with the targets that the catalogue has in the place of consul_sd_configs. A
    pool without consul_sd_configs is returned as it is.

    Raises:
        Unavailable: the catalogue cannot be read. It is not asked if no pool needs it.
    """
    if not any(_query(part) for pool in pools for part in pool.discoveries):
        return pools
    with Api(url, setting.catalog_access, variables, consul=True) as api:
        catalog = ConsulCatalog(api)
        return [_with_targets(pool, catalog) for pool in pools]


def _query(discovery: Discovery) -> ConsulQuery | None:
    return discovery.query if isinstance(discovery, ServiceDiscovery) else None


def _with_targets(pool: ScrapePool, catalog: ConsulCatalog) -> ScrapePool:
    if not any(map(_query, pool.discoveries)):
        return pool
    discoveries = tuple(
        KnownTargets(catalog.groups(query)) if (query := _query(part)) else part
        for part in pool.discoveries
    )
    return replace(pool, discoveries=discoveries)

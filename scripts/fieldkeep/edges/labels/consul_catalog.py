"""Discovers targets in a Consul's catalogue as Prometheus' consul_sd does.

https://developer.hashicorp.com/consul/api-docs/catalog and .../health.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fieldkeep.core.labels.config.consul_sd import ConsulQuery, target_labels
from fieldkeep.core.labels.config.target_groups import TargetGroup
from fieldkeep.edges.labels.api import Api
from fieldkeep.errors import Unavailable
from fieldkeep.model import Json

MAX_SERVICES: Final = 5000
_HINT: Final = "name Consul's HTTP API itself"


class ConsulCatalog:
    """The catalogue of one Consul. A query is sent once, however many jobs share it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self._groups: dict[ConsulQuery, tuple[TargetGroup, ...]] = {}

    def groups(self, query: ConsulQuery) -> tuple[TargetGroup, ...]:
        """A target group for each target. Raises Unavailable."""
        if query not in self._groups:
            names = self._services(query)
            self._groups[query] = tuple(g for name in names for g in self._targets(name, query))
        return self._groups[query]

    def _services(self, query: ConsulQuery) -> list[str]:
        """As in Prometheus, services named in a query without tags are not looked up first."""
        if query.services and not query.tags:
            return sorted(set(query.services))
        path = "/v1/catalog/services"
        params = _params(query)
        if query.filter:
            params["filter"] = query.filter
        services = self.api.get(path, params)
        if not isinstance(services, dict):
            raise Unavailable(f"GET {self.api.base}{path}: the answer is not Consul's", _HINT)
        if not services:
            # Every Consul lists itself: the token has no rights.
            raise Unavailable(
                f"GET {self.api.base}{path}: no service at all, not even Consul",
                "give the token service:read and node:read on what it should see",
            )
        names = sorted(name for name, tags in services.items() if query.selects(name, tags or ()))
        if len(names) > MAX_SERVICES:
            raise Unavailable(
                f"{self.api.base}: {len(names)} services, more than {MAX_SERVICES}",
                "name services or tags in consul_sd_configs",
            )
        return names

    def _targets(self, name: str, query: ConsulQuery) -> list[TargetGroup]:
        path = f"/v1/health/service/{quote(name, safe='')}"
        params = _params(query)
        if query.tags:
            params["tag"] = list(query.tags)
        entries = self.api.get(path, params)
        try:
            return [_group(entry, query) for entry in entries]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            message = f"GET {self.api.base}{path}: the answer is not Consul's"
            raise Unavailable(message, _HINT) from error


def _group(entry: Json, query: ConsulQuery) -> TargetGroup:
    labels = dict(target_labels(entry, query))
    return TargetGroup((labels.pop("__address__"),), labels)


def _params(query: ConsulQuery) -> dict[str, str | list[str]]:
    params: dict[str, str | list[str]] = {}
    if query.datacenter:
        params["dc"] = query.datacenter
    if query.node_meta:
        params["node-meta"] = [f"{name}:{value}" for name, value in query.node_meta]
    return params

"""The queries of consul_sd_configs, and the labels that Prometheus derives from the answers.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#consul_sd_config and
Prometheus' discovery/consul. Credentials are not decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.labels.config.decode import any_fields, null, text, text_map, texts
from fieldkeep.core.labels.config.goyaml import Node
from fieldkeep.model import Json

META: Final = "__meta_consul_"
_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True, slots=True)
class ConsulQuery:
    """The services to discover: those in ``services`` (all, if it is empty) with all ``tags``."""

    datacenter: str = ""
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    node_meta: tuple[tuple[str, str], ...] = ()
    tag_separator: str = ","
    filter: str = ""

    def selects(self, service: str, tags: Iterable[str]) -> bool:
        """Whether a service matches, given the tags of all its instances together."""
        return (not self.services or service in self.services) and set(self.tags) <= set(tags)


def consul_query(node: Node) -> ConsulQuery:
    """The query of a consul_sd_config. Its other fields say how to reach Consul."""
    values = any_fields(node)
    separator = values.get("tag_separator")
    return ConsulQuery(
        datacenter=text(values.get("datacenter")),
        services=texts(values.get("services"), "services"),
        tags=texts(values.get("tags"), "tags"),
        node_meta=tuple(sorted(text_map(values.get("node_meta"), "node_meta").items())),
        tag_separator=text(separator, ",") if not null(separator) else ",",
        filter=text(values.get("filter")),
    )


def target_labels(entry: Json, query: ConsulQuery) -> Mapping[str, str]:
    """The labels, with ``__address__``, of one entry of /v1/health/service/NAME.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: Consul does not answer like this.
    """
    node, service = entry["Node"], entry["Service"]
    host = service.get("Address") or node["Address"]
    port = int(service["Port"])
    tags = query.tag_separator.join(service.get("Tags") or ())
    meta = {
        "address": node["Address"],
        "dc": node.get("Datacenter") or query.datacenter,
        "health": _health(entry.get("Checks") or ()),
        "namespace": service.get("Namespace") or "",
        "node": node["Node"],
        "partition": service.get("Partition") or "",
        "service": service["Service"],
        "service_address": service.get("Address") or "",
        "service_id": service["ID"],
        "service_port": str(port),
        "tags": f"{query.tag_separator}{tags}{query.tag_separator}",
        **_named("metadata_", node.get("Meta")),
        **_named("service_metadata_", service.get("Meta")),
        **_named("tagged_address_", node.get("TaggedAddresses")),
    }
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {"__address__": address, **{META + name: str(value) for name, value in meta.items()}}


def _named(prefix: str, values: Json) -> dict[str, str]:
    """If two names become one, the last in sorted order counts (any, in Prometheus)."""
    return {prefix + _NOT_IN_NAMES.sub("_", name): values[name] for name in sorted(values or {})}


def _health(checks: Iterable[Json]) -> str:
    """The worst status. Consul marks maintenance by the check's id alone."""
    worst = "passing"
    for check in checks:
        if "maintenance" in str(check.get("CheckID", "")):
            return "maintenance"
        status = check.get("Status")
        if status == "critical" or (status == "warning" and worst == "passing"):
            worst = status
    return worst

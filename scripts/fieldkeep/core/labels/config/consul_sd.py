"""What consul_sd_configs ask a Consul for, and the labels that they make of its answers.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#consul_sd_config and
Prometheus' discovery/consul. Credentials are not decoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.labels.config.decode import null, text, text_map, texts
from fieldkeep.core.labels.config.goyaml import Node, Scalar, Table
from fieldkeep.model import Json

META: Final = "__meta_consul_"
_NO_NAME: Final = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True, slots=True)
class ConsulQuery:
    """Which services are wanted: no ``services`` are all; every one of ``tags`` must be there."""

    datacenter: str = ""
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    node_meta: tuple[tuple[str, str], ...] = ()
    tag_separator: str = ","
    filter: str = ""

    def wants(self, service: str, tags: Iterable[str]) -> bool:
        """Whether a service of the catalogue, with the tags that any of its instances has."""
        return (not self.services or service in self.services) and set(self.tags) <= set(tags)


def consul_query(node: Node) -> ConsulQuery:
    """From a consul_sd config; what else it says is how to reach the server."""
    given = _fields(node)
    separator = given.get("tag_separator")
    return ConsulQuery(
        datacenter=text(given.get("datacenter")),
        services=texts(given.get("services"), "services"),
        tags=texts(given.get("tags"), "tags"),
        node_meta=tuple(sorted(text_map(given.get("node_meta"), "node_meta").items())),
        tag_separator=text(separator, ",") if not null(separator) else ",",
        filter=text(given.get("filter")),
    )


def _fields(node: Node) -> Mapping[str, Node]:
    """Its fields, credentials and unknown ones among them, merge keys included."""
    found: dict[str, Node] = {}
    for key, value in node.pairs if isinstance(node, Table) else ():
        if isinstance(key, Scalar) and key.plain and key.text == "<<" and isinstance(value, Table):
            found |= _fields(value)
        elif isinstance(key, Scalar):
            found[key.text] = value
    return found


def target_labels(entry: Json, query: ConsulQuery) -> Mapping[str, str]:
    """The labels of one entry of /v1/health/service/NAME, its address among them.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: not Consul's shape.
    """
    node, service = entry["Node"], entry["Service"]
    host = service.get("Address") or node["Address"]
    port = int(service["Port"])
    tags = query.tag_separator.join(service.get("Tags") or ())
    own = {
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
    return {"__address__": address, **{META + name: str(value) for name, value in own.items()}}


def _named(prefix: str, values: Json) -> dict[str, str]:
    """Of two names that become one, Prometheus takes any."""
    return {prefix + _NO_NAME.sub("_", name): values[name] for name in sorted(values or {})}


def _health(checks: Iterable[Json]) -> str:
    """The worst status; of maintenance Consul speaks by the check's name."""
    worst = "passing"
    for check in checks:
        if "maintenance" in str(check.get("CheckID", "")):
            return "maintenance"
        status = check.get("Status")
        if status == "critical" or (status == "warning" and worst == "passing"):
            worst = status
    return worst

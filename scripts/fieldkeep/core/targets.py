"""A target before and after its relabel rules, as Prometheus' PopulateLabels makes it.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config says
which labels a target starts with; what each discovery adds stands in its own section there.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Final

from fieldkeep.core.abstractvalue import ANY, SOME, Value
from fieldkeep.core.names import ANYTHING, RESERVED, Family
from fieldkeep.core.possible import Label, Possible
from fieldkeep.core.promconfig import Pool
from fieldkeep.core.promtargets import Group
from fieldkeep.core.promtiming import parse_duration

ADDRESS: Final = "__address__"
INSTANCE: Final = "instance"

# Discoveries that deliver an address and labels in __meta_<kind>_ and nothing else. Of any other
# (file and http among them, by design) any label may come.
META_ONLY: Final = frozenset(
    {
        *("azure", "consul", "digitalocean", "docker", "dockerswarm", "dns", "ec2", "eureka"),
        *("gce", "hetzner", "ionos", "kubernetes", "lightsail", "linode", "marathon", "nerve"),
        *("nomad", "openstack", "ovhcloud", "puppetdb", "scaleway", "serverset", "triton"),
        "vultr",
    }
)
ALWAYS_DELIVERED: Final = {
    "consul": (
        "__meta_consul_address",
        "__meta_consul_dc",
        "__meta_consul_node",
        "__meta_consul_service",
        "__meta_consul_service_id",
        "__meta_consul_service_port",
    ),
    "file": ("__meta_filepath",),
    "http": ("__meta_url",),
}


def before(pool: Pool, group: Group, address: str) -> dict[str, str]:
    """The labels of a known target before the rules; an empty value counts as not given."""
    own = {name: value for name, value in group.labels.items() if value}
    return {**pool.given, **own, ADDRESS: address, **pool.params}


def before_unseen(pool: Pool, kind: str) -> Possible:
    """What the labels of any target of a discovery may be before the rules."""
    own_only = kind in META_ONLY
    given = {name: value if own_only else _replaceable(value) for name, value in pool.given.items()}
    delivered = dict.fromkeys((ADDRESS, *ALWAYS_DELIVERED.get(kind, ())), SOME)
    pattern = f"__meta_{kind}_.+" if own_only else ANYTHING
    return Possible(
        labels={
            name: Label(value) for name, value in {**given, **delivered, **pool.params}.items()
        },
        families=(Family(f"{kind}_sd_configs", (pattern,)),),
    )


def after(labels: Mapping[str, str]) -> frozenset[str] | None:
    """The names of the labels that a target shows after the rules; None if it is dropped."""
    if not can_be_scraped(labels):
        return None
    return frozenset(filter(visible, labels)) | {INSTANCE}


def can_be_scraped(labels: Mapping[str, Value]) -> bool:
    """False if Prometheus surely drops the target: no address, a URL for one, no sound timing."""
    address = labels.get(ADDRESS, "")
    if address == "" or (isinstance(address, str) and "/" in address):
        return False
    interval = _milliseconds(labels.get("__scrape_interval__", ""), unknown=inf)
    timeout = _milliseconds(labels.get("__scrape_timeout__", ""), unknown=1)
    return 0 < timeout <= interval


def _milliseconds(value: Value, unknown: float) -> float:
    return (parse_duration(value) or 0) if isinstance(value, str) else unknown


def visible(name: str) -> bool:
    """Whether a label stays on the target: names in ``__`` vanish."""
    return not name.startswith(RESERVED)


def _replaceable(value: str) -> Value:
    """A default that the discovery may have given another value."""
    return SOME if value else ANY

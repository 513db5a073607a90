"""The labels that each service discovery gives to its targets.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/ has a section for each
discovery that lists them.
"""

from __future__ import annotations

from typing import Final

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.relabel.families import ANYTHING, Family
from fieldkeep.core.labels.relabel.possible_labels import PossibleLabel, PossibleLabels
from fieldkeep.core.labels.relabel.possible_values import ANY, ONE_LINE, PRESENT

ADDRESS: Final = "__address__"
FILEPATH: Final = "__meta_filepath"  # on targets from files: the path of the file

# Discoveries that deliver an address and labels in __meta_<kind>_, and nothing else. Any other
# (file and http among them, by design) may deliver any label.
META_ONLY: Final = frozenset(
    [
        "azure",
        "consul",
        "digitalocean",
        "docker",
        "dockerswarm",
        "dns",
        "ec2",
        "eureka",
        "gce",
        "hetzner",
        "ionos",
        "kubernetes",
        "lightsail",
        "linode",
        "marathon",
        "nerve",
        "nomad",
        "openstack",
        "ovhcloud",
        "puppetdb",
        "scaleway",
        "serverset",
        "triton",
        "vultr",
    ]
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
    "dns": ("__meta_dns_name",),
    "file": (FILEPATH,),
    "http": ("__meta_url",),
}


def discovered_labels(pool: ScrapePool, kind: str) -> PossibleLabels:
    """The possible labels, before the rules, of targets that a discovery of ``kind`` delivers."""
    always = (ADDRESS, *ALWAYS_DELIVERED.get(kind, ()))
    labels: dict[str, PossibleLabel]
    if kind in META_ONLY:
        pattern = f"__meta_{kind}_.+"
        labels = {name: PossibleLabel(value) for name, value in pool.defaults.items()}
        labels |= dict.fromkeys(always, PossibleLabel(ONE_LINE))
    else:  # it may deliver other values of the defaults, too
        pattern = ANYTHING
        labels = {
            name: PossibleLabel(PRESENT if value else ANY) for name, value in pool.defaults.items()
        }
        labels |= {name: PossibleLabel(value) for name, value in pool.overrides.items()}
        labels |= dict.fromkeys(always, PossibleLabel(PRESENT))
    return PossibleLabels(labels, (Family(f"{kind}_sd_configs", pattern),))

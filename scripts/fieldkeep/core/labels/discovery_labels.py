"""The labels that each service discovery gives to its targets.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/ has a section for each
discovery that lists them; Prometheus' discovery/ shows which of them are always there.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.config.discovery import ServiceDiscovery
from fieldkeep.core.labels.meta_labels import META_LABELS
from fieldkeep.core.labels.relabel.engine import NEWEST, Engine
from fieldkeep.core.labels.relabel.families import ANYTHING, Family
from fieldkeep.core.labels.relabel.possible_labels import PossibleLabel, PossibleLabels
from fieldkeep.core.labels.relabel.possible_values import ANY, ONE_LINE, PRESENT
from fieldkeep.core.labels.relabel.version import PROMETHEUS

ADDRESS: Final = "__address__"
FILEPATH: Final = "__meta_filepath"  # on targets from files: the path of the file
INSTANCE: Final = "instance"
AWS: Final = "aws"  # its role is the kind of another discovery

# Kind, or kind and role -> the labels (without __meta_KIND_) that are on every target and never
# empty: those which the code of each release from 2.24 to 3.14 sets without a condition, from a
# value that cannot be empty.
_ALWAYS: Final = {
    "azure": """
        subscription_id machine_id machine_name machine_location machine_resource_group
        machine_private_ip
    """,
    "consul": "address dc node service service_id service_port",
    "dns": "name",
    "docker": "container_id container_name",
    "ec2": "instance_id ami availability_zone instance_state instance_type",
    "eureka": "app_name",
    "gce": "project zone instance_id instance_name instance_status machine_type network private_ip",
    "hetzner": "role server_id server_status",
    "ionos": "server_id",
    "kubernetes/endpoints": "namespace endpoints_name",
    "kubernetes/endpointslice": "namespace endpointslice_name endpointslice_address_type",
    "kubernetes/ingress": "namespace ingress_name ingress_scheme ingress_path",
    "kubernetes/node": "node_name",
    "kubernetes/pod": """
        namespace pod_name pod_ip pod_ready pod_phase pod_uid pod_container_name
    """,
    "kubernetes/service": "namespace service_name service_port_protocol",
    "lightsail": """
        availability_zone blueprint_id bundle_id instance_name instance_state
        instance_support_code private_ip
    """,
    "linode": "instance_id instance_label region status",
    "marathon": "app task",
    "nerve": "path endpoint_host endpoint_port",
    "nomad": "address dc namespace node_id service service_id service_port",
    "openstack/hypervisor": "hypervisor_hostname",
    "openstack/instance": "instance_id instance_status",
    "openstack/loadbalancer": "loadbalancer_id",
    "puppetdb": "certname resource type title exported",
    "scaleway/baremetal": "baremetal_id baremetal_name baremetal_zone",
    "scaleway/instance": "instance_id instance_name instance_zone",
    "serverset": "path endpoint_host endpoint_port",
    "triton": "machine_id",
    "vultr": "instance_id instance_region instance_plan",
}
_ALWAYS_OTHER: Final = {"file": (FILEPATH,), "http": ("__meta_url",)}
_ALIKE: Final = ("consul", "dns")  # VictoriaMetrics' source sets these in the same way
# Discoveries that also deliver ``instance``, and whether it is never empty.
_INSTANCE: Final = {"eureka": False, "kubernetes/node": True, "ovhcloud": False}


def discovered_labels(pool: ScrapePool, discovery: ServiceDiscovery) -> PossibleLabels:
    """The possible labels, before the rules, of targets that a discovery delivers."""
    kind, role = discovery.kind, discovery.role
    if kind == AWS:
        kind = role
    label = f"{discovery.kind}_sd_configs"
    labels: dict[str, PossibleLabel]
    may_empty = pool.engine.keeps_emptied  # a label that it delivers empty empties a default
    if kind not in META_LABELS:  # it may deliver any label, other values of the defaults included
        labels = {
            name: PossibleLabel(PRESENT if value and not may_empty else ANY)
            for name, value in pool.defaults.items()
        }
        labels |= {name: PossibleLabel(value) for name, value in pool.overrides.items()}
        always = (ADDRESS, *_ALWAYS_OTHER.get(kind, ()))
        labels |= dict.fromkeys(always, PossibleLabel(ANY if may_empty else PRESENT))
        return PossibleLabels(labels, (Family(label, ANYTHING),))
    labels = {name: PossibleLabel(value) for name, value in pool.defaults.items()}
    names = _ALWAYS.get(f"{kind}/{role}", _ALWAYS.get(kind, "")).split()
    if pool.engine.product != PROMETHEUS and kind not in _ALIKE:
        names = []
    always = (ADDRESS, *(f"__meta_{kind}_{name}" for name in names))
    labels |= dict.fromkeys(always, PossibleLabel(ONE_LINE))
    has_instance = _INSTANCE.get(f"{kind}/{role}", _INSTANCE.get(kind))
    if has_instance is not None:
        labels[INSTANCE] = PossibleLabel(ONE_LINE if has_instance else ANY)
    return PossibleLabels(labels, (Family(label, _pattern(kind, pool.engine)),))


def delivered_names(discovery: ServiceDiscovery, engine: Engine) -> tuple[str, ...]:
    """The names of all ``__meta_*`` labels that a discovery may deliver, ``*`` for any ending; none
    if they are not known."""
    kind = discovery.role if discovery.kind == AWS else discovery.kind
    if kind not in META_LABELS or engine.product != PROMETHEUS or engine.version > NEWEST:
        return ()
    return tuple(f"__meta_{kind}_{name}" for name in META_LABELS[kind].split())


@cache
def _pattern(kind: str, engine: Engine) -> str:
    """A pattern of the names of all labels that a discovery may deliver."""
    names = delivered_names(ServiceDiscovery(kind), engine)
    return "|".join(re.sub(r"\*$", ".*", name) for name in names) or f"__meta_{kind}_.+"

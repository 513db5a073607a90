"""A target before and after its relabel rules, as Prometheus' PopulateLabels makes it.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config says
which labels a target starts with; what each discovery adds stands in its own section there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Final

from fieldkeep.core.labels.config.config import Pool
from fieldkeep.core.labels.config.discovery import Discovery, Files, Known, Unseen
from fieldkeep.core.labels.config.timing import parse_duration
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.names import ANYTHING, RESERVED, Family
from fieldkeep.core.labels.relabel.possible import Label, Possible
from fieldkeep.core.labels.relabel.relabel import Action, Rule
from fieldkeep.core.labels.relabel.value import ANY, LINE, SOME, Value
from fieldkeep.core.labels.relabel.version import NEWEST, Version

ADDRESS: Final = "__address__"
INSTANCE: Final = "instance"
FILEPATH: Final = "__meta_filepath"  # on targets from files: where the file is

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
    "dns": ("__meta_dns_name",),
    "file": (FILEPATH,),
    "http": ("__meta_url",),
}


def exact_starts(pool: Pool) -> Iterator[Mapping[str, str]]:
    """The labels, before the rules, of each target of which all are known."""
    by_path = _reads_path(pool.rules)
    for labels in _known_targets(pool):
        if not (by_path and FILEPATH in labels):
            yield labels


def unseen_starts(pool: Pool) -> Iterator[Possible]:
    """What the labels of the others may be before the rules.

    A file_sd file has another path on the server. Where rules ask for it, the targets in the
    file are not known exactly.
    """
    if _reads_path(pool.rules):
        for labels in _known_targets(pool):
            if FILEPATH in labels:
                exact = {name: Label(value) for name, value in labels.items()}
                yield Possible({**exact, FILEPATH: Label(SOME)})
    for kind in sorted({kind for found in pool.discoveries if (kind := _kind(found))}):
        yield _discovered(pool, kind)


def _known_targets(pool: Pool) -> Iterator[Mapping[str, str]]:
    """An empty value counts as not given."""
    groups = [g for found in pool.discoveries if isinstance(found, Known) for g in found.groups]
    for group in groups:
        own = {name: value for name, value in group.labels.items() if value}
        for address in group.targets:
            yield {**pool.given, **own, ADDRESS: address}


def _reads_path(rules: Sequence[Rule]) -> bool:
    return any(
        FILEPATH in (*rule.source_labels, rule.target_label)
        or (rule.action is Action.LABELMAP and matches(rule.regex, FILEPATH))
        for rule in rules
    )


def _kind(discovery: Discovery) -> str | None:
    match discovery:
        case Known():
            return None
        case Files():
            return "file"
        case Unseen(kind=kind):
            return kind


def _discovered(pool: Pool, kind: str) -> Possible:
    own_only = kind in META_ONLY
    given = {name: value if own_only else _replaceable(value) for name, value in pool.given.items()}
    delivered = dict.fromkeys(
        (ADDRESS, *ALWAYS_DELIVERED.get(kind, ())), LINE if own_only else SOME
    )
    pattern = f"__meta_{kind}_.+" if own_only else ANYTHING
    return Possible(
        labels={name: Label(value) for name, value in {**given, **delivered}.items()},
        families=(Family(f"{kind}_sd_configs", pattern),),
    )


def after(labels: Mapping[str, str], version: Version = NEWEST) -> Mapping[str, str] | None:
    """The labels that a target shows after the rules; None if it is dropped."""
    if not can_be_scraped(labels, version):
        return None
    shown = {name: value for name, value in labels.items() if visible(name)}
    return {INSTANCE: _address(labels, version), **shown}


def _address(labels: Mapping[str, str], version: Version) -> str:
    """Prometheus 2 adds the scheme's port to an address that has none."""
    address = labels[ADDRESS]
    port = {"": "80", "http": "80", "https": "443"}.get(labels.get("__scheme__", ""))
    if version.written_ports or port is None or not _lacks_port(address):
        return address
    return f"{address}:{port}"


def _lacks_port(address: str) -> bool:
    """As Go's net.SplitHostPort tells: ``host`` and ``[::1]`` lack one, ``::1`` is no address."""
    return address.endswith("]") if address.startswith("[") else ":" not in address


def can_be_scraped(labels: Mapping[str, Value], version: Version = NEWEST) -> bool:
    """False if Prometheus surely drops the target: no address, a URL for one, no sound timing."""
    address = labels.get(ADDRESS, "")
    if address == "" or (isinstance(address, str) and "/" in address):
        return False
    if not version.timing_labels:
        return True
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

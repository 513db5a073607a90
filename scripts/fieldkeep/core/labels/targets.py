"""The labels of targets before and after relabel rules, as Prometheus' PopulateLabels sets them.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Final

from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.config.discovery import (
    Discovery,
    KnownTargets,
    ServiceDiscovery,
    TargetFiles,
)
from fieldkeep.core.labels.config.timing import parse_duration, parse_lenient_duration
from fieldkeep.core.labels.discovery_labels import ADDRESS, FILEPATH, INSTANCE, discovered_labels
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine
from fieldkeep.core.labels.relabel.families import RESERVED
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.relabel.possible_labels import PossibleLabel, PossibleLabels
from fieldkeep.core.labels.relabel.possible_values import PRESENT, PossibleValue
from fieldkeep.core.labels.relabel.relabel import Action

_TIMING: Final = ("__scrape_interval__", "__scrape_timeout__")
_URL: Final = re.compile(r"(https?)://")
# A host with a port, as Go's net/url takes it.
_NO_HOST: Final = r"\x00-\x20\\^`{|}%?#\[\]"
_GO_HOST: Final = re.compile(
    rf"\[[^\]\s]*\](?::[0-9]*)?|[^{_NO_HOST}]*:[0-9]*|[^{_NO_HOST}:]*",
)


def known_targets(pool: ScrapePool) -> Iterator[Mapping[str, str]]:
    """The labels, before the rules, of each target whose labels are all known."""
    return (labels for group in known_groups(pool) for labels in group)


def known_groups(pool: ScrapePool) -> Iterator[Sequence[Mapping[str, str]]]:
    """The same, by target group."""
    reads_path = _reads_path(pool)
    for group in _listed_groups(pool):
        yield [labels for labels in group if not (reads_path and FILEPATH in labels)]


def possible_targets(pool: ScrapePool) -> Iterator[PossibleLabels]:
    """The possible labels, before the rules, of all other targets.

    A target file has another path on the server. If rules read the path, the labels of its
    targets are not all known.
    """
    if _reads_path(pool):
        for labels in (labels for group in _listed_groups(pool) for labels in group):
            if FILEPATH in labels:
                exact = {name: PossibleLabel(value) for name, value in labels.items()}
                yield PossibleLabels({**exact, FILEPATH: PossibleLabel(PRESENT)})
    for discovery in unknown_discoveries(pool):
        yield discovered_labels(pool, discovery)


def unknown_discoveries(pool: ScrapePool) -> tuple[ServiceDiscovery, ...]:
    """The discoveries of whose targets only the kind and role are known, each once."""
    kinds = {(part.kind, part.role) for part in map(_unknown, pool.discoveries) if part}
    return tuple(ServiceDiscovery(kind, role=role) for kind, role in sorted(kinds))


def _listed_groups(pool: ScrapePool) -> Iterator[Sequence[Mapping[str, str]]]:
    """An empty label of a target group counts as absent, or it empties a default."""
    engine = pool.engine
    for group in pool.groups:
        labels = {name: v for name, v in group.labels.items() if v or engine.keeps_emptied}
        if engine.groups_set_address:
            addresses = filter(None, group.targets)
            yield [{**pool.defaults, ADDRESS: address, **labels} for address in addresses]
        else:
            common = {**pool.defaults, **labels, **pool.overrides}
            yield [{**common, ADDRESS: address} for address in group.targets]


def _reads_path(pool: ScrapePool) -> bool:
    """Whether rules read the path of a target file, if targets have one."""
    return any(FILEPATH in group.labels for group in pool.groups) and any(
        FILEPATH in (*rule.source_labels, rule.target_label)
        or (rule.action is Action.LABELMAP and matches(rule.regex, FILEPATH))
        for rule in pool.rules
    )


def _unknown(discovery: Discovery) -> ServiceDiscovery | None:
    match discovery:
        case KnownTargets():
            return None
        case TargetFiles():
            return ServiceDiscovery("file")
        case ServiceDiscovery():
            return discovery


def target_labels(
    labels: Mapping[str, str], engine: Engine = DEFAULT_ENGINE
) -> dict[str, str] | None:
    """The labels of a target, from those after the rules; None if the engine drops the target."""
    if not can_be_scraped(labels, engine):
        return None
    if engine.adds_default_port and _lacks_port(labels[ADDRESS]) and _port(labels) is None:
        return None
    remaining = {name: value for name, value in labels.items() if is_target_label(name)}
    return {INSTANCE: _address(labels, engine), **remaining}


def _address(labels: Mapping[str, str], engine: Engine) -> str:
    """The address without what a URL has around it; in Prometheus 2 and VictoriaMetrics with the
    port of its scheme if it has none."""
    address = labels[ADDRESS]
    if engine.url_addresses:
        url = _URL.match(address)
        scheme = url[1] if url else labels.get("__scheme__")
        host = _host(address)
        return host if ":" in host else f"{host}:{443 if scheme == 'https' else 80}"
    if not engine.adds_default_port or not _lacks_port(address):
        return address
    return f"{address}:{_port(labels)}"


def _port(labels: Mapping[str, str]) -> str | None:
    """The port of a target's scheme; None if it is not the name of one."""
    return {"": "80", "http": "80", "https": "443"}.get(labels.get("__scheme__", ""))


def _host(address: str) -> str:
    return _URL.sub("", address).partition("/")[0]


def _lacks_port(address: str) -> bool:
    """As in Go's net.SplitHostPort: ``host`` and ``[::1]`` lack a port; ``::1`` is invalid."""
    return address.endswith("]") if address.startswith("[") else ":" not in address


def can_be_scraped(labels: Mapping[str, PossibleValue], engine: Engine = DEFAULT_ENGINE) -> bool:
    """False if the engine certainly drops the target: its address is missing or no address, or its
    timing is invalid.
    """
    address = labels.get(ADDRESS, "")
    if address == "":
        return False
    if engine.url_addresses:
        return _has_url(address) and all(map(_is_lenient, (labels.get(n, "") for n in _TIMING)))
    if isinstance(address, str) and "/" in address:
        return False
    if not engine.timing_labels:
        return True
    interval = _milliseconds(labels.get(_TIMING[0], ""), unknown=inf)
    timeout = _milliseconds(labels.get(_TIMING[1], ""), unknown=1)
    return 0 < timeout <= interval


def _has_url(address: PossibleValue) -> bool:
    """Whether VictoriaMetrics can make a URL of the address."""
    return not isinstance(address, str) or _GO_HOST.fullmatch(_host(address)) is not None


def _is_lenient(duration: PossibleValue) -> bool:
    """Whether VictoriaMetrics takes it as an interval or a timeout; absent is the job's."""
    known = isinstance(duration, str) and duration != ""
    return not known or parse_lenient_duration(str(duration)) is not None


def _milliseconds(value: PossibleValue, unknown: float) -> float:
    return (parse_duration(value) or 0) if isinstance(value, str) else unknown


def is_target_label(name: str) -> bool:
    """Whether a label remains on the target. Prometheus removes those in ``__``."""
    return not name.startswith(RESERVED)

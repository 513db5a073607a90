"""Reads a running Prometheus: the configuration that it prints, and its targets.

https://prometheus.io/docs/prometheus/latest/querying/api/. A printed configuration has no empty
texts and not the jobs of scrape_config_files; the labels of the targets are always right.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fieldkeep.core.labels.config.configuration import Configuration, read_configuration
from fieldkeep.core.labels.live import LiveTarget
from fieldkeep.core.labels.relabel.version import NEWEST, Version, parse_version
from fieldkeep.edges.labels.api import Api
from fieldkeep.errors import Unavailable
from fieldkeep.model import Json, Source

_NOT_PROMETHEUS = "the answer is not Prometheus'"
_HINT = "name the Prometheus itself, with the path prefix that it is served under"
_DEFAULT_PORTS = {"http": 80, "https": 443}
# From the first to the last of these, discoveredLabels are the labels after the rules.
WRONG_DISCOVERED_LABELS = (Version(2, 39), Version(2, 42))


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``port`` is the one that it was asked at."""

    version: Version
    configuration: Configuration
    targets: tuple[LiveTarget, ...]
    port: int | None


def read_server(api: Api, version: Version | None) -> Server:
    """Version, configuration and targets of a server. ``version`` replaces the server's own.

    Raises:
        InputError, Unavailable: one of them cannot be read.
    """
    running = version or read_version(api)
    configuration = read_printed_configuration(api, running)
    return Server(running, configuration, read_targets(api, running), port_of(api.base))


def read_version(api: Api) -> Version:
    """The server's version; the newest if it is not like Prometheus' own. Raises Unavailable."""
    text = str(_data(api, "/api/v1/status/buildinfo").get("version", ""))
    return parse_version(text) or NEWEST


def read_targets(api: Api, version: Version) -> tuple[LiveTarget, ...]:
    """The active targets. Raises Unavailable."""
    data = _data(api, "/api/v1/targets", {"state": "active"})
    try:
        return tuple(_target(target, version) for target in data["activeTargets"])
    except (KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"GET {api.base}/api/v1/targets: {_NOT_PROMETHEUS}", _HINT) from error


def port_of(base: str) -> int | None:
    """The port of a URL, or the default one of its scheme."""
    parts = urlsplit(base)
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)


def read_printed_configuration(api: Api, version: Version | None = None) -> Configuration:
    """The configuration that the server runs. Raises InputError, Unavailable."""
    running = version or read_version(api)
    path = "/api/v1/status/config"
    text = _data(api, path).get("yaml")
    if not isinstance(text, str):
        raise Unavailable(f"GET {api.base}{path}: {_NOT_PROMETHEUS}", _HINT)
    source = Source(f"{api.base}{path}", text.encode("utf-8", "replace"))
    return read_configuration(source, running, printed=True)


def _target(target: Json, version: Version) -> LiveTarget:
    labels = {str(name): str(value) for name, value in target["labels"].items()}
    before = target.get("discoveredLabels") or {}
    first, last = WRONG_DISCOVERED_LABELS
    unsure = first <= version <= last
    by_rule = [name for name, value in labels.items() if unsure or before.get(name) != value]
    return LiveTarget(target["scrapePool"], labels, frozenset(by_rule) - {"instance", "job"})


def _data(api: Api, path: str, params: dict[str, str | list[str]] | None = None) -> Json:
    answer = api.get(path, params)
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or answer.get("status") != "success":
        raise Unavailable(f"GET {api.base}{path}: {_NOT_PROMETHEUS}", _HINT)
    return data

"""Reads a running Prometheus: the configuration that it prints, and its targets.

https://prometheus.io/docs/prometheus/latest/querying/api/. A printed configuration has no empty
texts and not the jobs of scrape_config_files; the labels of the targets are always right.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fieldkeep.core.labels.config.configuration import Configuration, read_configuration
from fieldkeep.core.labels.live import LiveTarget
from fieldkeep.core.labels.relabel.engine import NEWEST, Engine, prometheus
from fieldkeep.core.labels.relabel.version import parse_version
from fieldkeep.edges.labels.api import Api
from fieldkeep.errors import Unavailable
from fieldkeep.model import Json, Source

_NOT_PROMETHEUS = "the answer is not Prometheus'"
_HINT = "name the Prometheus itself, with the path prefix that it is served under"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``port`` is the one that it was asked at."""

    engine: Engine
    configuration: Configuration
    targets: tuple[LiveTarget, ...]
    port: int | None


def read_server(api: Api, engine: Engine | None) -> Server:
    """Release, configuration and targets of a server. ``engine`` replaces the server's own.

    Raises:
        InputError, Unavailable: one of them cannot be read.
    """
    running = engine or read_engine(api)
    configuration = read_printed_configuration(api, running)
    return Server(running, configuration, read_targets(api, running), port_of(api.base))


def read_engine(api: Api) -> Engine:
    """The server's release; the newest if it is not like Prometheus' own. Raises Unavailable."""
    text = str(_data(api, "/api/v1/status/buildinfo").get("version", ""))
    return prometheus(parse_version(text) or NEWEST)


def read_targets(api: Api, engine: Engine) -> tuple[LiveTarget, ...]:
    """The active targets. Raises Unavailable."""
    data = _data(api, "/api/v1/targets", {"state": "active"})
    try:
        return tuple(_target(target, engine) for target in data["activeTargets"])
    except (KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"GET {api.base}/api/v1/targets: {_NOT_PROMETHEUS}", _HINT) from error


def port_of(base: str) -> int | None:
    """The port of a URL, or the default one of its scheme."""
    parts = urlsplit(base)
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)


def read_printed_configuration(api: Api, engine: Engine | None = None) -> Configuration:
    """The configuration that the server runs. Raises InputError, Unavailable."""
    running = engine or read_engine(api)
    path = "/api/v1/status/config"
    text = _data(api, path).get("yaml")
    if not isinstance(text, str):
        raise Unavailable(f"GET {api.base}{path}: {_NOT_PROMETHEUS}", _HINT)
    source = Source(f"{api.base}{path}", text.encode("utf-8", "replace"))
    return read_configuration(source, running, printed=True)


def _target(target: Json, engine: Engine) -> LiveTarget:
    labels = {str(name): str(value) for name, value in target["labels"].items()}
    before = target.get("discoveredLabels") or {}
    unsure = engine.discovers_results
    by_rule = [name for name, value in labels.items() if unsure or before.get(name) != value]
    pool = before.get("job", "") if engine.pools_by_label else target["scrapePool"]
    return LiveTarget(str(pool), labels, frozenset(by_rule) - {"instance", "job"})


def _data(api: Api, path: str, params: dict[str, str | list[str]] | None = None) -> Json:
    answer = api.get(path, params)
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or answer.get("status") != "success":
        raise Unavailable(f"GET {api.base}{path}: {_NOT_PROMETHEUS}", _HINT)
    return data

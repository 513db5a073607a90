"""A running Prometheus: the configuration that it prints, and the targets that it has.

https://prometheus.io/docs/prometheus/latest/querying/api/. What it prints loses empty texts and
hides the jobs of scrape_config_files; the targets are the truth about labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fieldkeep.core.labels.config.config import Configuration, read_configuration
from fieldkeep.core.labels.live import LiveTarget
from fieldkeep.core.labels.relabel.version import NEWEST, Version, parse_version
from fieldkeep.edges.labels.api import Api
from fieldkeep.errors import Unavailable
from fieldkeep.model import Json, Source

_SHAPE = "the answer is not Prometheus'"
_HINT = "name the Prometheus itself, with the path prefix that it is served under"
_DEFAULT_PORTS = {"http": 80, "https": 443}
DISCOVERED_LIES = (Version(2, 39), Version(2, 42))  # its discoveredLabels are those after the rules


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says; ``port`` is where it was asked."""

    version: Version
    configuration: Configuration
    targets: tuple[LiveTarget, ...]
    port: int | None


def read_server(api: Api, version: Version | None) -> Server:
    """Everything that labels need. ``version`` replaces what the server says of itself."""
    own = version or read_version(api)
    return Server(own, _configuration(api, own), read_targets(api, own), port_of(api.base))


def read_version(api: Api) -> Version:
    """Older servers than 2.14 do not tell; a fork may say something else: then the newest."""
    found = parse_version(str(_data(api, "/api/v1/status/buildinfo").get("version", "")))
    return found or NEWEST


def read_targets(api: Api, version: Version) -> tuple[LiveTarget, ...]:
    """The active targets."""
    data = _data(api, "/api/v1/targets", {"state": "active"})
    try:
        return tuple(_target(one, version) for one in data["activeTargets"])
    except (KeyError, TypeError, AttributeError) as error:
        raise Unavailable(f"GET {api.base}/api/v1/targets: {_SHAPE}", _HINT) from error


def port_of(base: str) -> int | None:
    parts = urlsplit(base)
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)


def read_printed(api: Api, version: Version | None = None) -> Configuration:
    """The configuration that it runs."""
    return _configuration(api, version or read_version(api))


def _configuration(api: Api, version: Version) -> Configuration:
    path = "/api/v1/status/config"
    written = _data(api, path).get("yaml")
    if not isinstance(written, str):
        raise Unavailable(f"GET {api.base}{path}: {_SHAPE}", _HINT)
    source = Source(f"{api.base}{path}", written.encode("utf-8", "replace"))
    return read_configuration(source, version, printed=True)


def _target(one: Json, version: Version) -> LiveTarget:
    labels = {str(name): str(value) for name, value in one["labels"].items()}
    before = one.get("discoveredLabels") or {}
    first, last = DISCOVERED_LIES
    unsure = first <= version <= last
    by_rule = [name for name, value in labels.items() if unsure or before.get(name) != value]
    return LiveTarget(one["scrapePool"], labels, frozenset(by_rule) - {"instance", "job"})


def _data(api: Api, path: str, params: dict[str, str | list[str]] | None = None) -> Json:
    answer = api.get(path, params)
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or answer.get("status") != "success":
        raise Unavailable(f"GET {api.base}{path}: {_SHAPE}", _HINT)
    return data

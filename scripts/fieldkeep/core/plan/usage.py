"""The metadata of registered services, or why it is not known; and how many a change affects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.canonical import dumps
from fieldkeep.model import Json

_METADATA: Final = "__meta_consul_service_metadata_"
_NO_LABEL: Final = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True, slots=True)
class Registered:
    """The metadata of every service instance in the catalogue but Consul's own."""

    services: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """No catalogue could be asked, it did not answer, or it may not show every service."""

    reason: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """A plan that compares commits asks no catalogue; the plan against what is live does."""


Usage = Registered | Unknown | Postponed

NOTHING_TO_COUNT: Final = Unknown("nothing had to be counted")


def metadata_key(source_label: str) -> str | None:
    """The key of the service metadata that a label is made of, as Prometheus writes it (``_`` for
    characters that a label may not have); None if the label is made of something else."""
    key = source_label.removeprefix(_METADATA)
    return key if key != source_label and key else None


def lacking(services: Iterable[Mapping[str, str]], key: str) -> int:
    """How many services lack ``key`` or leave it empty: an empty label counts as missing."""
    return sum(1 for service in services if not any(_values(service, key)))


def using(services: Iterable[Mapping[str, str]], key: str, options: Iterable[Json]) -> int:
    """How many services have one of these values."""
    texts = {_text(option) for option in options}
    return sum(1 for service in services if texts.intersection(_values(service, key)))


def _values(service: Mapping[str, str], key: str) -> list[str]:
    """The values under ``key``. Two keys may become one label; Prometheus then takes either."""
    return [value for name, value in service.items() if _NO_LABEL.sub("_", name) == key]


def _text(option: Json) -> str:
    return option if isinstance(option, str) else dumps(option).decode()

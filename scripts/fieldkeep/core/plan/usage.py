"""What registered services say in their metadata, or why nobody could tell."""

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
    """Nobody could be asked, or did not answer, or may not say everything."""

    reason: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """Nobody was to be asked: this compares commits, and the plan against what is live counts."""


Usage = Registered | Unknown | Postponed

NOTHING_TO_COUNT: Final = Unknown("nothing had to be counted")


def metadata_key(source_label: str) -> str | None:
    """The service metadata that a label is made of, with the characters that Prometheus puts for
    others; None if it comes from something else."""
    key = source_label.removeprefix(_METADATA)
    return key if key != source_label and key else None


def lacking(services: Iterable[Mapping[str, str]], key: str) -> int:
    """How many services do not say ``key``, or say nothing there: an empty label is none."""
    return sum(1 for service in services if not any(_said(service, key)))


def using(services: Iterable[Mapping[str, str]], key: str, options: Iterable[Json]) -> int:
    """How many services have one of these values."""
    wanted = {_text(option) for option in options}
    return sum(1 for service in services if wanted.intersection(_said(service, key)))


def _said(service: Mapping[str, str], key: str) -> list[str]:
    """Two keys may become one label; then Prometheus takes either."""
    return [value for name, value in service.items() if _NO_LABEL.sub("_", name) == key]


def _text(option: Json) -> str:
    return option if isinstance(option, str) else dumps(option).decode()

"""Known fields of the parts of a configuration. Prometheus refuses any other field."""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Mapping
from functools import cache
from typing import Final

from fieldkeep.core.labels.config import prometheus_fields, victoriametrics_fields
from fieldkeep.core.labels.relabel.engine import Engine
from fieldkeep.core.labels.relabel.version import (
    PROMETHEUS,
    VICTORIAMETRICS,
    Version,
    parse_version,
)

TOP: Final = "top"
INCLUDED: Final = "included"  # a file of scrape_config_files
GLOBAL: Final = "global"
JOB: Final = "job"
RULE: Final = "rule"
GROUP: Final = "group"
_CLIENT: Final = "http_client"
DISCOVERY: Final = "_sd_configs"
_VULTR: Final = "vultr_configs"  # so VictoriaMetrics spells vultr_sd_configs

# Fields that are maps: a merge key and a mapping after it add up, neither replaces the other.
MAPS: Final = ("labels", "external_labels", "params")

Span = tuple[Version, Version | None]  # the first release that knows a field, and no longer does


def _spans(fields: Mapping[str, str]) -> dict[str, tuple[Span, ...]]:
    spans: dict[str, tuple[Span, ...]] = {}
    for releases, names in fields.items():
        for name in names.split():
            spans[name] = (*spans.get(name, ()), _span(releases))
    return spans


def _span(text: str) -> Span:
    since, _, until = text.partition("-")
    first = parse_version(since)
    assert first is not None, text
    return first, parse_version(until) if until else None


_TABLES: Final = {
    PROMETHEUS: {section: _spans(fields) for section, fields in prometheus_fields.FIELDS.items()}
    | {GROUP: _spans({"2.24": "targets labels"})},  # decoded without struct tags
    VICTORIAMETRICS: {
        section: _spans(fields) for section, fields in victoriametrics_fields.FIELDS.items()
    },
}


@cache
def known(section: str, engine: Engine) -> KeysView[str]:
    """The fields that an engine knows in a section: one of the names above, or a discovery."""
    spans = _TABLES[engine.product].get(section, {})
    names = [name for name in spans if any(_covers(span, engine) for span in spans[name])]
    if _CLIENT in names:
        names.remove(_CLIENT)
        names += known(_CLIENT, engine)
    return dict.fromkeys(names).keys()


def _covers(span: Span, engine: Engine) -> bool:
    since, until = span
    return since <= engine.version and (until is None or engine.version < until)


def releases(section: str, name: str, engine: Engine) -> str:
    """The releases of the engine's product that know a field, as words; "" if none does."""
    table = _TABLES[engine.product]
    fields = table.get(section, {})
    spans = fields.get(name) or (table[_CLIENT].get(name, ()) if _CLIENT in fields else ())
    return ", ".join(
        f"{since} and newer" if until is None else f"{since} until {until}"
        for since, until in spans
    )


def is_discovery(name: str) -> bool:
    """Whether a known field of a job configures a discovery; static_configs is none."""
    return name.endswith(DISCOVERY) or name == _VULTR


def discovery_kind(name: str) -> str:
    """The kind of a discovery: ``consul`` for ``consul_sd_configs``."""
    return name.removesuffix(DISCOVERY).removesuffix("_configs")


@cache
def any_release(section: str) -> tuple[str, ...]:
    """The fields that any release of any product knows in a section."""
    return tuple({name for table in _TABLES.values() for name in table.get(section, ())})


def words() -> Iterator[str]:
    """Every field of every section."""
    for table in _TABLES.values():
        for fields in table.values():
            yield from fields

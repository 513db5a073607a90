"""Finds everything in a configuration that stops Prometheus from starting, as far as its struct
tags and the checks of its source say so. What decides about labels is refused by the reader of
configurations; this goes on where that stops, and into what it does not decode.

Not checked: what the files hold that a configuration names (rules, certificates, tokens), what only
the network or the environment decides, and the insides of sigv4, azuread and google_iam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Final

from fieldkeep.core.common.suggest import did_you_mean
from fieldkeep.core.labels.check import client_checks, section_checks
from fieldkeep.core.labels.check.prometheus_types import TYPES
from fieldkeep.core.labels.check.section import NEVER, Check, Section, covers
from fieldkeep.core.labels.check.values import refuse_value
from fieldkeep.core.labels.config.decode import items, null, pairs
from fieldkeep.core.labels.config.discovery import discoveries
from fieldkeep.core.labels.config.goyaml import Listing, Node, Scalar, parse
from fieldkeep.core.labels.config.name_schemes import is_legacy, refuse_schemes
from fieldkeep.core.labels.config.relabel_configs import RuleReader
from fieldkeep.core.labels.config.target_groups import target_group
from fieldkeep.core.labels.config.timing import DEFAULT, parse_duration
from fieldkeep.core.labels.relabel.engine import Engine
from fieldkeep.core.labels.relabel.version import PROMETHEUS
from fieldkeep.errors import InputError
from fieldkeep.model import Place, Problem, Source

CHECK: Final = "prometheus-config"
INCLUDED: Final = "included"  # a file of scrape_config_files
INLINE: Final = "inline"
_DOCS: Final = "see https://prometheus.io/docs/prometheus/latest/configuration/configuration/"
# Sections with TLS settings whose other client settings are their own.
_OWN_CLIENT: Final = ("OAuth2", "TracingConfig", "openstack_sd_configs", "triton_sd_configs")
# Before, a discovery took credentials that exclude each other.
_VALIDATED_SINCE: Final = {
    "aws_sd_configs": NEVER,
    "azure_sd_configs": "2.48",
    "consul_sd_configs": "2.28",
    "digitalocean_sd_configs": "2.26",
    "dockerswarm_sd_configs": "2.26",
    "ec2_sd_configs": "2.48",
    "hetzner_sd_configs": "2.26",
    "http_sd_configs": "2.48",
    "lightsail_sd_configs": "2.48",
    "puppetdb_sd_configs": "2.48",
    "uyuni_sd_configs": "2.48",
}
_WORDS: Final = {
    "top": "Prometheus configuration",
    "global": "global section",
    "job": "scrape job",
    "AlertmanagerConfig": "alertmanagers item",
    "RemoteWriteConfig": "remote_write item",
    "RemoteReadConfig": "remote_read item",
}


def check_configuration(
    source: Source, engine: Engine, common: Mapping[str, Node] | None = None
) -> list[Problem]:
    """All findings in a configuration, in the order of their places; none for an engine that is
    not Prometheus. For a file of scrape_config_files, ``common`` holds the fields of the global
    section of the main one.
    """
    try:
        return check_root(parse(source), engine, common)
    except InputError as error:
        return list(error.problems) if engine.product == PROMETHEUS else []


def check_root(
    root: Node | None, engine: Engine, common: Mapping[str, Node] | None = None
) -> list[Problem]:
    """The findings in a configuration whose root was read."""
    if engine.product != PROMETHEUS:
        return []
    checker = _Checker(engine, common or {})
    checker.section(root, "top" if common is None else INCLUDED)
    by_place: dict[tuple[Place, str], Problem] = {}
    for problem in checker.problems:
        by_place.setdefault((problem.where, problem.message), problem)
    return [by_place[key] for key in sorted(by_place)]


class _Checker:
    """Collects the problems of one configuration."""

    def __init__(self, engine: Engine, common: Mapping[str, Node]) -> None:
        self.engine = engine
        self.problems: list[Problem] = []
        self._rules = RuleReader(engine)
        self._common = common

    def section(self, node: Node | None, name: str, *, validated: bool = True) -> None:
        """A mapping of a known section, with all that is in it. ``validated``: Prometheus checks
        its client's credentials."""
        if node is None or null(node):
            return
        words = _WORDS.get(name, f"{_plain(name)} section")
        types = fields_of(name, self.engine)
        values: dict[str, Node] = {}
        for field, key, value in self._pairs(node, words):
            if field not in types:
                hint = _hint(name, field, self.engine)
                self._refuse(key, f"unknown field {field} in this {words}", hint)
            values[field] = value
        if name == "global":
            self._common = values
        if name in ("global", "job"):
            self._timeout(values)
        legacy = self._is_legacy(values if name == "job" else {})
        validated = validated and covers(self.engine, _VALIDATED_SINCE.get(name, "0"))
        for field in sorted(values.keys() & types.keys(), key=lambda field: field != "global"):
            self._value(values[field], types[field], legacy=legacy, validated=validated)
        section = Section(node.where, values, self.engine)
        for check in self._checks(name, validated=validated):
            for fault in check(section):
                where = section.place(fault.field)
                self.problems.append(Problem(where, CHECK, fault.message, fault.hint))

    def _checks(self, name: str, *, validated: bool) -> Iterator[Check]:
        if validated or name not in client_checks.PARTS:
            yield from section_checks.CHECKS.get(name, ())
        if validated and "tls_config" in fields_of(name, self.engine) and name not in _OWN_CLIENT:
            yield client_checks.client

    def _value(self, node: Node, kind: str, *, legacy: bool, validated: bool) -> None:
        if kind == "rules":
            for item in self._items(node):
                self._attempt(partial(self._rules.read, item, legacy=legacy))
        elif kind == "[static_configs":
            for item in self._items(node):
                self._attempt(partial(target_group, item, self.engine))
        elif kind.startswith("["):
            for item in self._items(node):
                self._item(item, kind[1:], validated=validated)
        elif kind in TYPES:
            self.section(node, kind, validated=validated)
        else:
            self._attempt(lambda: refuse_value(node, kind, self.engine))

    def _item(self, node: Node, name: str, *, validated: bool) -> None:
        if null(node):
            words = _WORDS.get(name, f"{_plain(name)} section")
            self._refuse(node, f"an empty {words}", "write it, or remove the dash")
        elif name == "file_sd_configs":
            listed = Listing((node,), node.where)
            self._attempt(lambda: list(discoveries({name: listed}, self.engine)))
        self.section(node, name, validated=validated)

    def _timeout(self, values: Mapping[str, Node]) -> None:
        intervals = (values.get("scrape_interval"), self._common.get("scrape_interval"))
        interval = next(filter(None, map(_milliseconds, intervals)), DEFAULT.interval)
        timeout = values.get("scrape_timeout")
        if timeout and _milliseconds(timeout) > interval:
            message = "scrape_timeout is greater than scrape_interval"
            self._refuse(timeout, message, "lower the timeout")

    def _is_legacy(self, job: Mapping[str, Node]) -> bool:
        """Whether rules set legacy names only, in a job or (without fields) outside of jobs."""
        if job:
            self._attempt(partial(refuse_schemes, self._common, job, self.engine))
        try:
            return self.engine.schemes_limit_targets and is_legacy(self._common, job)
        except InputError:
            return False

    def _items(self, node: Node) -> tuple[Node, ...]:
        listed: tuple[Node, ...] = ()

        def read() -> None:
            nonlocal listed
            listed = items(node, "this")

        self._attempt(read)
        return listed

    def _pairs(self, node: Node, words: str) -> Iterator[tuple[str, Scalar, Node]]:
        try:
            yield from pairs(node, words)
        except InputError as error:
            self.problems += error.problems

    def _attempt(self, read: Callable[[], object]) -> None:
        try:
            read()
        except InputError as error:
            self.problems += error.problems

    def _refuse(self, node: Node, message: str, hint: str) -> None:
        self.problems.append(Problem(node.where, CHECK, message, hint))


def _milliseconds(node: Node | None) -> int:
    """A duration; 0 if it is none."""
    return parse_duration(node.text) or 0 if isinstance(node, Scalar) and not node.null else 0


@cache
def fields_of(name: str, engine: Engine) -> Mapping[str, str]:
    """The fields of a section that the engine knows, with their types."""
    if name == INCLUDED:
        return {"scrape_configs": "[job"}
    types: dict[str, str] = {
        field: kind for field, kind, since, until in _fields(name) if covers(engine, since, until)
    }
    for part in [field for field, kind in types.items() if kind == INLINE]:
        del types[part]
        types |= fields_of(part, engine)
    return types


def _fields(name: str) -> Iterator[tuple[str, str, str, str]]:
    """Each field of a section with its type, the release that brought and the one that took it."""
    for releases, fields in TYPES.get(name, {}).items():
        since, _, until = releases.partition("-")
        for field in fields.split():
            field_name, _, kind = field.partition(":")
            own = f"[{field_name}" if kind == "[" else kind
            yield field_name, own, since, until or NEVER


def _hint(name: str, field: str, engine: Engine) -> str:
    parts = [part for part, kind, _, _ in _fields(name) if kind == INLINE]
    for known, _, since, until in (e for section in (name, *parts) for e in _fields(section)):
        if known == field:
            releases = f"{since} and newer" if until == NEVER else f"{since} until {until}"
            return f"Prometheus {releases} knows it, and this source is {engine.version}"
    return did_you_mean(field, tuple(fields_of(name, engine)), _DOCS)


def _plain(name: str) -> str:
    """A section's name in words: ``consul_sd`` for ``consul_sd_configs``."""
    return name.rpartition(".")[2].removesuffix("_configs")

"""A Prometheus configuration: what it says about the labels of targets, and nothing else.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/. Credentials are never
decoded, so they can reach no message and no document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.labels.config import known_fields, timing
from fieldkeep.core.labels.config.decode import MERGE, fields, items, null, pairs, text
from fieldkeep.core.labels.config.discovery import Discovery, Known, discoveries, labels
from fieldkeep.core.labels.config.goyaml import Node, Scalar, Table, parse, refusal
from fieldkeep.core.labels.config.relabel_configs import RuleNote, RuleReader
from fieldkeep.core.labels.relabel.relabel import Rule
from fieldkeep.core.labels.relabel.version import NEWEST, Version
from fieldkeep.model import Place, Source

_INCLUDE: Final = re.compile(r"[^*]*(\*[^/]*)?")


@dataclass(frozen=True, slots=True)
class Pool:
    """A scrape pool. ``given`` are the labels that a target gets unless it has them already."""

    job: str
    where: Place
    given: Mapping[str, str]
    discoveries: tuple[Discovery, ...]
    rules: tuple[Rule, ...]
    version: Version = NEWEST
    notes: tuple[RuleNote, ...] = ()  # how each rule is written, for who reviews them


@dataclass(frozen=True, slots=True)
class Include:
    """A pattern of scrape_config_files, relative to the file that names it."""

    pattern: str
    where: Place


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one file says; the files that it includes are their reader's to add."""

    external_labels: Mapping[str, str]
    timing: timing.Timing
    pools: tuple[Pool, ...]
    includes: tuple[Include, ...] = ()
    version: Version = NEWEST


def read_configuration(
    source: Source, version: Version = NEWEST, *, printed: bool = False
) -> Configuration:
    """The configuration in a file, or ``printed`` by a server that runs it: that leaves out what
    is empty, and may have fields that are newer than this reader.

    Raises:
        InputError: Prometheus would not start with it; the message says where and why.
    """
    return _configuration(
        source, known_fields.known(known_fields.TOP, version), timing.DEFAULT, version, printed
    )


def read_included(source: Source, main: Configuration) -> Configuration:
    """A file that ``main`` includes: it may hold ``scrape_configs`` only. Raises InputError."""
    return _configuration(source, known_fields.INCLUDED, main.timing, main.version, printed=False)


def refuse_duplicates(pools: Iterable[Pool]) -> None:
    """Raise InputError for a job_name that two pools of one server have."""
    first: dict[str, Place] = {}
    for pool in pools:
        before = first.setdefault(pool.job, pool.where)
        if before is not pool.where:
            message = f"this job has the job_name of the one at {before}"
            raise refusal(pool.where, message, "give each scrape job a name of its own")


def _configuration(
    source: Source, known: tuple[str, ...], default: timing.Timing, version: Version, printed: bool
) -> Configuration:
    root = parse(source)
    given = fields(_mapping(root, known), "Prometheus configuration", known, lambda _: printed)
    known_global = known_fields.known(known_fields.GLOBAL, version, known_fields.SINCE_GLOBAL)
    common = fields(given.get("global"), "global section", known_global, lambda _: printed)
    own = timing.timing(common, default)
    rules = RuleReader(version, printed)
    jobs = items(given.get("scrape_configs"), "scrape_configs")
    pools = tuple(_pool(node, own, rules, printed) for node in jobs)
    refuse_duplicates(pools)
    includes = items(given.get("scrape_config_files"), "scrape_config_files")
    return Configuration(
        external_labels=_external_labels(common.get("external_labels"), version),
        timing=own,
        pools=pools,
        includes=tuple(_include(node) for node in includes),
        version=version,
    )


def _external_labels(node: Node | None, version: Version) -> Mapping[str, str]:
    """As written: the server replaces ``${VAR}`` by its own environment."""
    found = labels(node, version)
    if node is not None and "" in found:
        raise refusal(node.where, "an empty label name", "name the label")
    return found


def _include(node: Node) -> Include:
    if not _INCLUDE.fullmatch(text(node)):
        hint = "it may have a * in its last part only"
        raise refusal(node.where, "not a path of scrape_config_files", hint)
    return Include(text(node), node.where)


def _mapping(root: Node | None, known: tuple[str, ...]) -> Node | None:
    """The document, unless it is something else than a configuration altogether."""
    match root:
        case None | Scalar(null=True) | Table(pairs=()):
            return root
        case Table() if any(_is_known(key, known) for key, _ in root.pairs):
            return root
        case Table():
            begins = "with a field that Prometheus does not know"
        case Scalar():
            begins = "a text"
        case _:
            begins = "a list"
    message = f"not a Prometheus configuration: line {root.where.line} begins {begins}"
    raise refusal(root.where, message, "name the file that Prometheus is started with")


def _is_known(key: Node, known: tuple[str, ...]) -> bool:
    names = (*known, MERGE)
    return isinstance(key, Scalar) and (key.text in names or closest(key.text, names) is not None)


def _pool(node: Node, default: timing.Timing, rules: RuleReader, printed: bool) -> Pool:
    if null(node):
        raise refusal(node.where, "this scrape job is empty", "write the job, or remove the dash")
    version = rules.version
    known = known_fields.known(known_fields.JOB, version)
    given = fields(
        node, "scrape job", known, lambda name: printed or known_fields.is_discovery(name, version)
    )
    job = text(given.get("job_name"))
    if not job:
        raise refusal(node.where, "this scrape job has no job_name", "add job_name")
    own = timing.timing(given, default)
    pool = Pool(
        job=job,
        where=node.where,
        given={
            "job": job,
            "__scheme__": text(given.get("scheme"), "http"),
            "__metrics_path__": text(given.get("metrics_path"), "/metrics"),
            **_timing_labels(own, version),
            **_params(given.get("params")),
        },
        discoveries=tuple(discoveries(given, version)),
        rules=rules.read_all(given.get("relabel_configs")),
        version=version,
        notes=rules.notes(given.get("relabel_configs")),
    )
    _refuse_urls(pool)
    return pool


def _timing_labels(own: timing.Timing, version: Version) -> Mapping[str, str]:
    if not version.timing_labels:
        return {}
    return {
        "__scrape_interval__": timing.format_duration(own.interval),
        "__scrape_timeout__": timing.format_duration(own.timeout),
    }


def _params(node: Node | None) -> Mapping[str, str]:
    """``__param_<name>`` is the first value of each parameter that has one."""
    values = {name: items(value, "params") for name, _, value in pairs(node, "params")}
    return {f"__param_{name}": text(value[0]) for name, value in values.items() if value}


def _refuse_urls(pool: Pool) -> None:
    """Without a rule that could turn it into an address, a URL as a target is a mistake."""
    groups = [
        group for found in pool.discoveries if isinstance(found, Known) for group in found.groups
    ]
    if not pool.rules and any("/" in target for group in groups for target in group.targets):
        raise refusal(
            pool.where, "a target of this job is a URL, not host:port", "remove its scheme and path"
        )

"""The parts of a Prometheus configuration that decide about the labels of targets.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/. Credentials are never
decoded, so no message and no document can contain one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from fieldkeep.core.common.suggest import closest
from fieldkeep.core.labels.config import known_fields, timing
from fieldkeep.core.labels.config.decode import MERGE, fields, items, null, pairs, text
from fieldkeep.core.labels.config.discovery import Discovery, KnownTargets, discoveries
from fieldkeep.core.labels.config.goyaml import (
    JobFault,
    Node,
    Scalar,
    Table,
    job_fault,
    parse,
    refusal,
)
from fieldkeep.core.labels.config.goyaml_tags import TRUE
from fieldkeep.core.labels.config.name_schemes import is_legacy, refuse_schemes
from fieldkeep.core.labels.config.relabel_configs import RuleNote, RuleReader
from fieldkeep.core.labels.config.target_groups import TargetGroup, labels, refuse_variables
from fieldkeep.core.labels.relabel.engine import DEFAULT_ENGINE, Engine
from fieldkeep.core.labels.relabel.relabel import Rule
from fieldkeep.model import Place, Source

_HISTOGRAMS: Final = (
    "convert_classic_histograms_to_nhcb",
    "always_scrape_classic_histograms",
    "scrape_native_histograms",
)
PARAM: Final = "__param_"
_INCLUDE: Final = re.compile(r"[^*]*(\*[^/]*)?")


@dataclass(frozen=True, slots=True)
class ScrapePool:
    """A scrape job, whose targets form a scrape pool. Targets get each label of ``defaults`` that
    their target group does not set. ``notes`` say how each rule is written.
    """

    job: str
    where: Place
    defaults: Mapping[str, str]
    discoveries: tuple[Discovery, ...]
    rules: tuple[Rule, ...]
    engine: Engine = DEFAULT_ENGINE
    notes: tuple[RuleNote, ...] = ()

    @property
    def overrides(self) -> Mapping[str, str]:
        """The defaults that a target has whatever its group says."""
        if not self.engine.params_win:
            return {}
        return {name: value for name, value in self.defaults.items() if name.startswith(PARAM)}

    @property
    def groups(self) -> tuple[TargetGroup, ...]:
        """The groups of all targets that are known."""
        known = [part for part in self.discoveries if isinstance(part, KnownTargets)]
        return tuple(group for part in known for group in part.groups)


@dataclass(frozen=True, slots=True)
class Include:
    """A pattern of scrape_config_files, relative to the file that contains it."""

    pattern: str
    where: Place


@dataclass(frozen=True, slots=True)
class Configuration:
    """One configuration file. The reader of files adds the pools of the files it includes, whose
    jobs inherit from ``common``, the fields of the global section. ``faults`` say why a pool has
    been left without targets: the engine starts without its job."""

    external_labels: Mapping[str, str]
    common: Mapping[str, Node]
    pools: tuple[ScrapePool, ...]
    includes: tuple[Include, ...] = ()
    engine: Engine = DEFAULT_ENGINE
    faults: tuple[JobFault, ...] = ()


def read_configuration(
    source: Source, engine: Engine = DEFAULT_ENGINE, *, printed: bool = False
) -> Configuration:
    """The configuration in a file, or as a running server prints it (``printed``): without empty
    texts, and perhaps with fields that are newer than this reader.

    Raises:
        InputError: Prometheus would not start with it; the message says where and why.
    """
    refuse_variables(source, engine)
    return read_root(parse(source), engine, printed=printed)


def read_root(
    root: Node | None, engine: Engine = DEFAULT_ENGINE, *, printed: bool = False
) -> Configuration:
    """The configuration that a file's root, or a value in it, is. Raises InputError."""
    return _configuration(root, known_fields.TOP, engine, printed)


def read_included(root: Node | None, main: Configuration) -> Configuration:
    """A file that ``main`` includes: only ``scrape_configs`` is allowed, or it is a list of jobs.
    Raises InputError.
    """
    if not main.engine.bare_includes:
        return _configuration(root, known_fields.INCLUDED, main.engine, False, main.common)
    jobs = items(root, "a file of scrape_config_files")
    faults: list[JobFault] = []
    pools = _pools(jobs, main.common, RuleReader(main.engine), False, faults)
    return replace(main, pools=pools, faults=tuple(faults))


def refuse_duplicates(pools: Iterable[ScrapePool]) -> None:
    """Raise InputError if two pools of one server have the same job_name."""
    first: dict[str, Place] = {}
    for pool in pools:
        if pool.job in first:
            message = f"this job has the job_name of the one at {first[pool.job]}"
            raise refusal(pool.where, message, "give each scrape job a name of its own")
        first[pool.job] = pool.where


def _configuration(
    root: Node | None,
    section: str,
    engine: Engine,
    printed: bool,
    inherited: Mapping[str, Node] | None = None,
) -> Configuration:
    top = fields(_mapping(root, engine), section, engine, printed)
    common = inherited or fields(top.get("global"), known_fields.GLOBAL, engine, printed)
    timing.timing(common, common, engine)  # refuses a wrong one, even without a job
    jobs = items(top.get("scrape_configs"), "scrape_configs")
    faults: list[JobFault] = []
    pools = _pools(jobs, common, RuleReader(engine, printed), printed, faults)
    includes = items(top.get("scrape_config_files"), "scrape_config_files")
    return Configuration(
        external_labels=_external_labels(common, engine),
        common=common,
        pools=pools,
        includes=tuple(_include(node, engine) for node in includes),
        engine=engine,
        faults=tuple(faults),
    )


def _pools(
    jobs: Iterable[Node],
    common: Mapping[str, Node],
    rules: RuleReader,
    printed: bool,
    faults: list[JobFault],
) -> tuple[ScrapePool, ...]:
    """The pools of jobs. Adds to ``faults`` those that the engine starts without."""
    pools = []
    for node in jobs:
        try:
            pools.append(_pool(node, common, rules, printed))
        except JobFault as fault:
            if not rules.engine.skips_faulty_jobs:
                raise
            faults.append(fault)
            job = text(fields(node, known_fields.JOB, rules.engine).get("job_name"))
            pools.append(ScrapePool(job, node.where, {}, (), (), rules.engine))
    refuse_duplicates(pools)
    return tuple(pools)


def _external_labels(common: Mapping[str, Node], engine: Engine) -> Mapping[str, str]:
    """As written: only the server can replace ``${VAR}``, from its environment."""
    node = common.get("external_labels")
    if engine.schemes_limit_targets and is_legacy(common, {}):
        engine = replace(engine, utf8_names=False)
    external = labels(node, engine)
    if node is not None and "" in external:
        raise refusal(node.where, "an empty label name", "name the label")
    return external


def _include(node: Node, engine: Engine) -> Include:
    if not engine.bare_includes and not _INCLUDE.fullmatch(text(node)):
        hint = "it may have a * in its last part only"
        raise refusal(node.where, "not a path of scrape_config_files", hint)
    return Include(text(node), node.where)


def _mapping(root: Node | None, engine: Engine) -> Node | None:
    """The root, if it is a configuration. Raises InputError if it is something else entirely."""
    match root:
        case None | Scalar(null=True) | Table(pairs=()):
            return root
        case Table() if any(_is_known(key) for key, _ in root.pairs):
            return root
        case Table():
            first = next((key.text for key, _ in root.pairs if isinstance(key, Scalar)), "")
            begins = f"with {first}, a field that {engine.name} does not know"
        case Scalar():
            begins = "a text"
        case _:
            begins = "a list"
    message = f"not a {engine.name} configuration: line {root.where.line} begins {begins}"
    raise refusal(root.where, message, f"name the file that {engine.name} is started with")


def _is_known(key: Node) -> bool:
    """Whether a field of that name, or of one like it, is at the top of any configuration."""
    names = (*known_fields.any_release(known_fields.TOP), MERGE)
    return isinstance(key, Scalar) and (key.text in names or closest(key.text, names) is not None)


def _pool(node: Node, common: Mapping[str, Node], rules: RuleReader, printed: bool) -> ScrapePool:
    if null(node):
        raise refusal(node.where, "this scrape job is empty", "write the job, or remove the dash")
    engine = rules.engine
    values = fields(node, known_fields.JOB, engine, printed)
    job = text(values.get("job_name"))
    if not job:
        raise job_fault(node.where, "this scrape job has no job_name", "add job_name")
    timings = timing.timing(values, common, engine)
    legacy = engine.schemes_limit_targets and is_legacy(common, values)
    if not printed:
        refuse_schemes(common, values, engine)
    listed = _rule_lists(values, common, "relabel_configs", engine)
    notes = rules.notes(listed)
    if engine.skips_faulty_jobs:
        rules.read_all(_rule_lists(values, common, "metric_relabel_configs", engine))
    pool = ScrapePool(
        job=job,
        where=node.where,
        defaults={
            "job": job,
            **_url_labels(values, engine),
            **_timing_labels(timings, engine),
            **(_histogram_labels({**common, **values}) if engine.histogram_labels else {}),
            **_params(values.get("params")),
        },
        discoveries=tuple(discoveries(values, engine)),
        rules=rules.read_all(listed, legacy=legacy),
        engine=engine,
        notes=notes,
    )
    if not engine.url_addresses:
        _refuse_urls(pool)
    return pool


def _rule_lists(
    values: Mapping[str, Node], common: Mapping[str, Node], name: str, engine: Engine
) -> tuple[Node, ...]:
    sections = (common, values) if engine.common_rules else (values,)
    return tuple(section[name] for section in sections if name in section)


def _url_labels(values: Mapping[str, Node], engine: Engine) -> Mapping[str, str]:
    scheme, path = text(values.get("scheme"), "http"), text(values.get("metrics_path"), "/metrics")
    if engine.skips_faulty_jobs:
        scheme, path = scheme.lower() or "http", path or "/metrics"
        if scheme not in ("http", "https"):
            raise job_fault(values["scheme"].where, "unknown scheme", "http or https")
    return {"__scheme__": scheme, "__metrics_path__": path}


def _timing_labels(timings: timing.Timing, engine: Engine) -> Mapping[str, str]:
    if not engine.timing_labels:
        return {}
    format_ = timing.format_go_duration if engine.go_durations else timing.format_duration
    return {
        "__scrape_interval__": format_(timings.interval),
        "__scrape_timeout__": format_(timings.timeout),
    }


def _histogram_labels(fields: Mapping[str, Node]) -> Mapping[str, str]:
    """How to scrape histograms, from the fields of a job and the global section."""
    return {f"__{name}__": str(text(fields.get(name)) in TRUE).lower() for name in _HISTOGRAMS}


def _params(node: Node | None) -> Mapping[str, str]:
    """``__param_<name>``: the first value of each parameter that has one."""
    values = {name: items(value, "params") for name, _, value in pairs(node, "params")}
    return {f"{PARAM}{name}": text(value[0]) for name, value in values.items() if value}


def _refuse_urls(pool: ScrapePool) -> None:
    """Refuse a URL as a target, unless a rule could turn it into an address."""
    if not pool.rules and any("/" in address for g in pool.groups for address in g.targets):
        raise refusal(
            pool.where, "a target of this job is a URL, not host:port", "remove its scheme and path"
        )

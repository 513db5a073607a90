"""Compares the labels of real servers' targets with those that fieldkeep reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.extract import known_target_labels, read_pool
from fieldkeep.core.labels.redact import with_values
from fieldkeep.core.labels.relabel.engine import Engine
from fieldkeep.core.labels.relabel.goregex import matches
from fieldkeep.core.labels.targets import possible_targets
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles
from fieldkeep.errors import FieldkeepError
from fieldkeep.model import Certainty, PoolReading, Targets
from tests.real.servers import wait_until
from tests.truth.cases import Case, Combined, combine

Target = tuple[tuple[str, str], ...]  # the labels, sorted
Observed = Mapping[str, frozenset[Target]]  # by scrape pool
DISCOVERY_SECONDS = 25  # servers pass on what they discovered every five seconds, twice


class Server(Protocol):
    """A real server that runs in a folder. ``load`` and ``refuses`` give its reason, if it refuses
    a configuration, else ""."""

    folder: Path

    def active(self) -> list[dict[str, Any]]: ...
    def load(self, text: str) -> str: ...
    def refuses(self, text: str) -> str: ...


@dataclass
class Report:
    """The result of a comparison; ``inexact`` and ``wrong`` have a line for each difference."""

    engine: Engine
    accepted: list[Case] = field(default_factory=list)
    refused: list[Case] = field(default_factory=list)
    jobs: int = 0
    targets: int = 0
    inexact: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        cases = f"{len(self.accepted)} cases accepted, {len(self.refused)} refused"
        exact = f"{self.jobs - len(self.inexact)} of {self.jobs} jobs exact"
        exceptions = f" (not: {', '.join(self.inexact)})" if self.inexact else ""
        return f"{self.engine}: {cases}, {self.targets} targets; {exact}{exceptions}"


def compare(server: Server, cases: list[Case], engine: Engine) -> Report:
    """Run all cases on a server, and compare its targets with our readings."""
    report = Report(engine)
    for case in cases:
        (report.accepted if _reads(case, engine) else report.refused).append(case)
    # The cases' files to include are written for Prometheus.
    includes = "scrape_config_files" in known_fields.known(known_fields.TOP, engine)
    includes = includes and not engine.bare_includes
    combined = combine(report.accepted, server.folder, includes)
    (server.folder / "written.yml").write_text(combined.as_written, "utf-8")
    (server.folder / "served.yml").write_text(combined.as_served, "utf-8")
    refusal = server.load(combined.as_served)
    if refusal:
        report.wrong.append(f"accepted by us, not by the server: {refusal}")
        return report
    served = _pools(combined, "served.yml", engine)
    # If a rule reads the path of a target file, its targets are not known exactly.
    known = [pool for pool in served if not list(possible_targets(pool))]
    expected = {
        pool.job: frozenset(_sorted(labels) for labels in known_target_labels(pool))
        for pool in known
    }
    observed = _observe(server, sum(map(len, expected.values())))
    if engine.pools_by_label:
        observed = _by_pool(observed, expected)
    _same_targets(report, expected, observed)
    for pool in known:
        labels = read_pool(pool).labels
        on_server = [dict(target) for target in observed.get(pool.job, ())]
        if on_server and labels != with_values(labels, on_server):
            report.wrong.append(f"{pool.job}: other values than on the server")
    for pool in _pools(combined, "written.yml", engine):
        _sound(report, read_pool(pool), observed.get(pool.job, frozenset()))
    for case in report.refused:
        if not server.refuses(case.text):
            report.wrong.append(f"{case.name}: refused by us, not by the server")
    return report


def _reads(case: Case, engine: Engine) -> bool:
    try:
        ConfigurationFiles(case.folder, engine).read_all("prometheus.yml")
    except FieldkeepError:
        return False
    return True


def _pools(combined: Combined, name: str, engine: Engine) -> list[ScrapePool]:
    configurations = ConfigurationFiles(combined.folder, engine).read_all(name)
    return [pool for configuration in configurations for pool in configuration.pools]


def _sorted(labels: Mapping[str, str]) -> Target:
    return tuple(sorted(labels.items()))


def _observe(server: Server, expected: int) -> Observed:
    """The active targets, once targets of both kinds of discovery have come and, if they do in
    time, as many as expected."""
    both = {"static", "files"}
    wait_until(lambda: both <= set(_active(server)), "the first targets of this server")

    def all_came() -> bool:
        return sum(map(len, _active(server).values())) >= expected

    with suppress(TimeoutError):  # the comparison tells which are missing
        wait_until(all_came, "all targets", DISCOVERY_SECONDS)
    return _active(server)


def _active(server: Server) -> Observed:
    targets: dict[str, set[Target]] = {}
    for target in server.active():
        targets.setdefault(target["scrapePool"], set()).add(_sorted(target["labels"]))
    return {pool: frozenset(of_pool) for pool, of_pool in targets.items()}


def _by_pool(observed: Observed, expected: Observed) -> Observed:
    """The targets by scrape pool, of a server that gives them by the label job: a target that the
    pool of its label does not expect is one of the pools that do expect it."""
    nothing = frozenset[Target]()
    strangers = {
        target
        for pool, targets in observed.items()
        for target in targets - expected.get(pool, nothing)
    }
    found = {pool: targets & strangers for pool, targets in expected.items()}
    claimed = nothing.union(*found.values())
    own = {
        pool: targets - (claimed - expected.get(pool, nothing))
        for pool, targets in observed.items()
    }
    return {pool: own.get(pool, nothing) | found.get(pool, nothing) for pool in {*own, *found}}


def _same_targets(report: Report, expected: Observed, observed: Observed) -> None:
    for job, targets in sorted(expected.items()):
        on_server = observed.get(job, frozenset())
        report.targets += len(on_server)
        missing, unexpected = sorted(targets - on_server), sorted(on_server - targets)
        report.wrong += [f"{job}: we expect a target {dict(target)}" for target in missing]
        report.wrong += [f"{job}: the server has a target {dict(target)}" for target in unexpected]


def _sound(report: Report, reading: PoolReading, targets: frozenset[Target]) -> None:
    """The reading covers everything observed. It is exact if it covers nothing else."""
    report.jobs += 1
    named = {label.name: label for label in reading.labels if label.certainty is not Certainty.OPEN}
    patterns = [label.pattern for label in reading.labels if label.pattern]
    always = {name for name, label in named.items() if label.certainty is Certainty.ALWAYS}
    on_each = [{name for name, _ in target} for target in targets]
    everywhere = set.intersection(*on_each) if on_each else set()
    seen = set().union(*on_each)
    for name in sorted(seen - named.keys()):
        if not any(matches(pattern, name) for pattern in patterns):
            report.wrong.append(f"{reading.job}: the server has a label {name} that we never named")
    if targets:
        wrong = sorted(always - everywhere)
        report.wrong += [f"{reading.job}: {name} is not on every target" for name in wrong]
        if reading.targets is Targets.NONE:
            report.wrong.append(f"{reading.job}: it has targets")
        if patterns or always != everywhere or named.keys() != seen:
            report.inexact.append(reading.job)
    elif reading.targets is not Targets.NONE:
        report.inexact.append(reading.job)

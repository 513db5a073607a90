"""fieldkeep agrees with real Prometheus servers: about the configurations that they accept, and
about the labels of every target. Of targets that only a server knows it says nothing wrong.

`scripts/test` asks the oldest server; `scripts/test --truth` all four.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.relabel.engine import (
    DEFAULT_ENGINE,
    Engine,
    engine_of,
    prometheus,
    victoriametrics,
)
from fieldkeep.core.labels.relabel.relabel import Action, Rule
from fieldkeep.core.labels.relabel.version import VICTORIAMETRICS, parse_version
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles
from fieldkeep.edges.labels.read_sources import ReadContext, read_source
from fieldkeep.errors import FieldkeepError
from fieldkeep.model import Extracted
from fieldkeep.settings.sources import SourceSetting
from tests.real.prometheus import PrometheusServer
from tests.real.required import required
from tests.real.servers import wait_until
from tests.real.victoriametrics import VictoriaMetricsServer
from tests.truth.cases import Case, cases
from tests.truth.observe import compare

ALL = ("2.24", "2.42", "2.53", "3.5")
VICTORIAMETRICS_RELEASES = ("1.112", "1.145")
TRUTH = bool(os.environ.get("PROMETHEUS_TRUTH"))
ASKED = ALL if TRUTH else ALL[:1]
LEAST_SHARED = 60  # cases that VictoriaMetrics accepts too
EXACT_SHARE = 0.8


@pytest.mark.parametrize("series", ASKED)
def test_fieldkeep_agrees_with_prometheus(series: str, tmp_path: Path) -> None:
    version = parse_version(series)
    assert version
    with PrometheusServer(required(f"prometheus-{series}"), tmp_path) as server:
        report = compare(server, cases(), prometheus(version))
    print(report.summary)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.inexact) <= (1 - EXACT_SHARE) * report.jobs, report.summary


@pytest.mark.skipif(not TRUTH, reason="scripts/test --truth asks VictoriaMetrics")
@pytest.mark.parametrize("series", VICTORIAMETRICS_RELEASES)
def test_fieldkeep_agrees_with_victoriametrics(series: str, tmp_path: Path) -> None:
    version = parse_version(series)
    assert version
    program = required(f"victoriametrics-{series}")
    with VictoriaMetricsServer(program, tmp_path) as server:
        report = compare(server, cases(), victoriametrics(version))
    print(report.summary)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.inexact) <= (1 - EXACT_SHARE) * report.jobs, report.summary
    assert len(report.accepted) >= LEAST_SHARED, report.summary


LIVE = """scrape_configs:
- job_name: a
  static_configs: [{targets: ['127.0.0.1:1'], labels: {team: web}}]
  relabel_configs:
  - {source_labels: [team], regex: 'web|db', separator: '', target_label: job, replacement: other}
  - {source_labels: [team], target_label: group, replacement: ''}
"""


@pytest.mark.skipif(not TRUTH, reason="scripts/test --truth asks VictoriaMetrics")
@pytest.mark.parametrize("series", VICTORIAMETRICS_RELEASES)
def test_a_running_victoriametrics_is_a_source(series: str, tmp_path: Path) -> None:
    version = parse_version(series)
    (tmp_path / "p.yml").write_text(LIVE, "utf-8")
    with VictoriaMetricsServer(required(f"victoriametrics-{series}"), tmp_path) as server:
        assert server.load(LIVE) == ""
        wait_until(lambda: bool(server.active()), "the target")
        context = ReadContext(tmp_path)
        in_file = SourceSetting(("p.yml",), version, VICTORIAMETRICS, live=server.url)
        for setting in (SourceSetting((server.url,), version, VICTORIAMETRICS), in_file):
            reading = read_source("x", setting, context)
            assert isinstance(reading, Extracted), reading
            (pool,) = reading.pools
            assert (pool.job, pool.live) == ("a", 1)
            labels = {label.name: [rule.index for rule in label.rules] for label in pool.labels}
            assert labels == {"instance": [], "job": [0], "team": []}


def rules(case: Case, engine: Engine = DEFAULT_ENGINE) -> list[tuple[Rule, ...]]:
    try:
        configurations = ConfigurationFiles(case.folder, engine).read_all("prometheus.yml")
    except FieldkeepError:
        return []
    return [pool.rules for configuration in configurations for pool in configuration.pools]


def test_the_cases_are_many_and_cover_every_action_twice() -> None:
    assert len(cases()) >= 60
    actions = Counter(
        action
        for case in cases()
        for engine in (DEFAULT_ENGINE, engine_of(VICTORIAMETRICS))
        for action in {rule.action for pool in rules(case, engine) for rule in pool}
    )
    assert {action for action in Action if actions[action] < 1} == set()
    common = set(Action) & DEFAULT_ENGINE.actions
    assert {action for action in common if actions[action] < 2} == set()


def test_no_case_is_another_one_renamed() -> None:
    """The same configuration but for the names in it is the same case."""
    seen: dict[str, str] = {}
    for case in cases():
        shape = normal(case)
        assert shape not in seen, f"{case.name} is {seen.get(shape)}"
        seen[shape] = case.name


def normal(case: Case) -> str:
    """The case's text without comments. Words that mean nothing to Prometheus are numbered in the
    order of their appearance.
    """
    known = {*known_fields.words(), *map(str, Action)}
    lines = [line for line in case.text.splitlines() if not line.startswith("#")]
    numbers: dict[str, str] = {}

    def word(match: re.Match[str]) -> str:
        text = match[0]
        if text in known or text.startswith("__") or text.endswith("_sd_configs"):
            return text
        return numbers.setdefault(text, f"w{len(numbers)}")

    return re.sub(r"[\w-]+", word, "\n".join(lines))

"""`extract --diff` between engines says what three real servers then show: of the sample data, with
targets that have, lack and break the labels which its rules read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from fieldkeep.core.labels.compare import Comparison, compare
from fieldkeep.core.labels.config.configuration import ScrapePool
from fieldkeep.core.labels.extract import known_target_labels, read_pools
from fieldkeep.core.labels.live import LiveTarget, with_live_targets
from fieldkeep.core.labels.relabel.engine import Engine, prometheus, victoriametrics
from fieldkeep.core.labels.relabel.version import Version
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles
from fieldkeep.model import PoolReading, Targets
from tests.real.prometheus import PrometheusServer
from tests.real.required import required
from tests.real.servers import wait_until
from tests.real.victoriametrics import VictoriaMetricsServer
from tests.sample import SAMPLE
from tests.truth.observe import DISCOVERY_SECONDS, Server
from tests.truth.test_truth import TRUTH

CONFIGURATIONS = SAMPLE / "prometheus"
ENGINES = (
    prometheus(Version(2, 53)),
    prometheus(Version(3, 5)),
    replace(victoriametrics(Version(1, 145)), ignores_unknown=True),
)
# What the sample does not use, and what differs: shards, line breaks, and emptied labels.
MORE = """
- job_name: shards
  static_configs: [{targets: ['127.0.0.1:9', '127.0.0.2:9']}]
  relabel_configs:
  - {action: hashmod, source_labels: [__address__], modulus: 8, target_label: shard}
- job_name: emptied
  static_configs: [{targets: ['127.0.0.1:9'], labels: {old_team: '', team: web}}]
  relabel_configs:
  - {action: labelmap, regex: old_(.+)}
- job_name: without-port
  static_configs: [{targets: ['127.0.0.1']}]
- job_name: left-out
  static_configs: [{targets: ['127.0.0.1:9']}]
  relabel_configs:
  - {source_labels: [job], regex: 'a)|(?:left-out', target_label: matched, replacement: x}
"""


def moved(folder: Path, name: str) -> str:
    """A file of the sample whose discoveries are target files, with more jobs."""
    document = yaml.safe_load((CONFIGURATIONS / name).read_text("utf-8"))
    for number, job in enumerate(document["scrape_configs"]):
        if kinds := [key for key in job if key.endswith("_sd_configs")]:
            for kind in kinds:
                del job[kind]
            job["file_sd_configs"] = [{"files": [f"{number}.json"]}]
            (folder / f"{number}.json").write_text(json.dumps(groups(job)), "utf-8")
    document["scrape_configs"] += yaml.safe_load(MORE)
    document.pop("rule_files", None)
    return yaml.safe_dump(document, sort_keys=False)


def groups(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Targets with all labels that the job's rules read, and with every second one."""
    rules = job.get("relabel_configs", [])
    read = sorted({n for rule in rules for n in rule.get("source_labels", []) if "__meta" in n})
    read += [f"__meta_consul_service_metadata_{name}" for name in ("company", "site", "env")]
    names = sorted(set(read))
    return [
        {"targets": ["127.0.0.1:1"], "labels": {name: f"v-{name[-6:]}" for name in names}},
        {"targets": ["127.0.0.1:2"], "labels": dict.fromkeys(names[::2], "x")},
        {"targets": ["127.0.0.1:3"], "labels": dict.fromkeys(names[1::2], "x\ny")},
    ]


def predicted(folder: Path, engine: Engine) -> list[ScrapePool]:
    configurations = ConfigurationFiles(folder, engine).read_all("moved.yml")
    return [pool for configuration in configurations for pool in configuration.pools]


def a_server(engine: Engine, folder: Path) -> PrometheusServer | VictoriaMetricsServer:
    program = required(f"{engine.product}-{engine.version}")
    if engine.ignores_unknown:
        return VictoriaMetricsServer(program, folder, "-promscrape.config.strictParse=false")
    return PrometheusServer(program, folder)


def observed(server: Server, text: str, count: int) -> tuple[PoolReading, ...]:
    assert server.load(text) == ""
    wait_until(lambda: len(server.active()) >= count, "all targets", DISCOVERY_SECONDS)
    targets = [LiveTarget(target["scrapePool"], target["labels"]) for target in server.active()]
    return with_live_targets((), targets)


def summary(comparison: Comparison) -> object:
    """All that a comparison says, in one order."""
    return (
        {name: sorted(jobs) for name, jobs in comparison.only_a.items()},
        {name: sorted(jobs) for name, jobs in comparison.only_b.items()},
        {label.name: (dict(label.jobs), dict(label.values)) for label in comparison.changed},
        comparison.same,
        dict(comparison.jobs),
    )


@pytest.mark.skipif(not TRUTH, reason="scripts/test --truth asks these servers")
@pytest.mark.parametrize("name", sorted(path.name for path in CONFIGURATIONS.glob("*.yml")))
def test_three_programs_confirm_what_changes_in_a_move(name: str, tmp_path: Path) -> None:
    text = moved(tmp_path, name)
    (tmp_path / "moved.yml").write_text(text, "utf-8")
    ours, theirs = {}, {}
    for engine in ENGINES:
        pools = predicted(tmp_path, engine)
        key = str(engine)
        ours[key] = [pool for pool in read_pools(pools) if pool.targets is not Targets.NONE]
        count = sum(len(set(map(str, known_target_labels(pool)))) for pool in pools)
        with a_server(engine, tmp_path) as server:
            theirs[key] = observed(server, text, count)
    keys = list(ours)
    for a, b in ((keys[0], keys[1]), (keys[1], keys[2]), (keys[0], keys[2])):
        said = summary(compare(ours[a], ours[b]))
        assert said == summary(compare(theirs[a], theirs[b])), (a, b)
        assert compare(ours[a], ours[b]).changed, (a, b)

"""A running server is read as the file that it was started with."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkeep.core.labels.lint_rules import lint_rules
from fieldkeep.core.labels.relabel.version import parse_version
from fieldkeep.edges.labels.read_sources import ReadContext, pools_of, read_source
from fieldkeep.model import Extracted
from fieldkeep.settings.sources import SourceSetting, parse_flags
from tests.real.prometheus import PrometheusServer
from tests.real.required import required
from tests.truth.test_truth import ASKED

OLD_RULES = """
  - {source_labels: [a], target_label: copied}
  - {source_labels: [a], regex: "", target_label: none, replacement: empty}
  - {source_labels: [gone], regex: "", target_label: missing, replacement: "no$1"}
  - {source_labels: [a, b], separator: "", target_label: joined}
  - {regex: a, replacement: mapped, action: labelmap}
  - {regex: b, action: labeldrop}
  - {source_labels: [a], modulus: 7, target_label: shard, action: hashmod}
"""
EQUAL_RULES = """
  - {source_labels: [a], target_label: lower, action: lowercase}
  - {source_labels: [a], target_label: mapped, action: keepequal}
  - {source_labels: [a], target_label: lower, action: dropequal}
"""


def configuration(series: str) -> str:
    rules = OLD_RULES + ("" if series == "2.24" else EQUAL_RULES)
    return (
        "scrape_configs:\n- job_name: x\n  relabel_configs:" + rules.rstrip() + "\n"
        "  static_configs: [{targets: ['127.0.0.1:1'], labels: {a: A, b: B, label: x}}]\n"
    )


@pytest.mark.parametrize("series", ASKED)
def test_a_server_reads_as_its_file(series: str, tmp_path: Path) -> None:
    text = configuration(series)
    (tmp_path / "prometheus.yml").write_text(text, "utf-8")
    context = ReadContext(tmp_path, parse_version(series))
    of_file = read_source("x", SourceSetting(("prometheus.yml",)), context)
    assert isinstance(of_file, Extracted)
    with PrometheusServer(required(f"prometheus-{series}"), tmp_path) as server:
        setting = parse_flags([f"x={server.url}/"])["x"]  # with a slash at its end
        of_server = read_source("x", setting, ReadContext(tmp_path))
        findings = lint_rules(pools_of(setting, ReadContext(tmp_path)))
    assert isinstance(of_server, Extracted), of_server
    assert (of_server.product, of_server.version, of_server.assumed) == (
        "prometheus",
        series,
        False,
    )
    assert [(label.name, label.certainty) for label in of_server.pools[0].labels] == [
        (label.name, label.certainty) for label in of_file.pools[0].labels
    ]
    assert [label.rules for label in of_server.pools[0].labels] == [
        label.rules for label in of_file.pools[0].labels
    ]
    assert {finding.check for finding in findings} == {"relabel/unknown-group"}

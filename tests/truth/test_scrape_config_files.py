"""Patterns of scrape_config_files that match no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkeep.core.labels.relabel.version import parse_version
from fieldkeep.edges.labels.read_sources import ReadContext, read_source
from fieldkeep.model import Extracted, Skipped
from fieldkeep.settings.sources import SourceSetting
from tests.real.prometheus import PrometheusServer
from tests.real.required import required
from tests.truth.test_truth import ASKED


@pytest.mark.parametrize("pattern", ["jobs.yml", "jobs/*.yml", "/nowhere/at/all.yml"])
@pytest.mark.parametrize("series", ASKED)
def test_a_server_takes_them_as_we_do(series: str, pattern: str, tmp_path: Path) -> None:
    text = f"scrape_config_files: [{pattern}]\n"
    with PrometheusServer(required(f"prometheus-{series}"), tmp_path) as server:
        accepted = not server.load(text)
    context = ReadContext(tmp_path, parse_version(series))
    reading = read_source("p", SourceSetting(("prometheus.yml",)), context)
    assert isinstance(reading, Extracted if accepted else Skipped)

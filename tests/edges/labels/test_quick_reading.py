"""Sources are read without places first: the answer is that of the reader with places."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkeep.core.labels.extract import read_pool
from fieldkeep.core.labels.relabel.engine import (
    CHECKED,
    CHECKED_VICTORIAMETRICS,
    Engine,
    prometheus,
    victoriametrics,
)
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles
from fieldkeep.edges.labels.read_sources import ReadContext, read_source
from fieldkeep.errors import FieldkeepError
from fieldkeep.model import Extracted, Skipped
from fieldkeep.settings.sources import SourceSetting
from tests.truth.cases import FOLDER

ENGINES = (
    *(prometheus(version) for version in (CHECKED[0], CHECKED[-1])),
    victoriametrics(CHECKED_VICTORIAMETRICS[-1]),
)


@pytest.mark.parametrize("engine", ENGINES, ids=str)
def test_each_case_is_read_as_each_of_its_jobs_with_places(engine: Engine) -> None:
    folders = sorted(path for path in FOLDER.iterdir() if path.is_dir())
    assert len(folders) > 50
    setting = SourceSetting(("prometheus.yml",), engine=engine.product, version=engine.version)
    for folder in folders:
        reading = read_source("s", setting, ReadContext(folder))
        files = ConfigurationFiles(folder, engine)
        if isinstance(reading, Skipped):
            with pytest.raises(FieldkeepError) as caught:
                files.read_all("prometheus.yml")
            assert str(caught.value) in reading.reason
            continue
        configurations = files.read_all("prometheus.yml")
        pools = [pool for configuration in configurations for pool in configuration.pools]
        assert reading.pools == tuple(map(read_pool, pools)), folder.name
        assert reading.warnings == (*files.warnings, *files.unread), folder.name


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("scrape_configs:\n- {job_name: a}\n- {job_name: a}\n", "prometheus.yml:3:3"),
        ("scrape_configs:\n- {job_name: a, x: 1}\n", "prometheus.yml:2:17"),
        ("scrape_configs: [a, ]]\n", "prometheus.yml:1:22"),
    ],
)
def test_what_is_refused_has_its_place(tmp_path: Path, written: str, told: str) -> None:
    (tmp_path / "prometheus.yml").write_text(written, "utf-8")
    reading = read_source("s", SourceSetting(("prometheus.yml",)), ReadContext(tmp_path))
    assert isinstance(reading, Skipped)
    assert told in reading.reason


def test_what_is_warned_of_has_its_place(tmp_path: Path) -> None:
    text = "scrape_config_files: [/etc/absent.yml]\nscrape_configs: []\n"
    (tmp_path / "prometheus.yml").write_text(text, "utf-8")
    reading = read_source("s", SourceSetting(("prometheus.yml",)), ReadContext(tmp_path))
    assert isinstance(reading, Extracted)
    assert "prometheus.yml:1:23" in reading.unread

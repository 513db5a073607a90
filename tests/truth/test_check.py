"""`validate --prometheus` finds what real servers refuse, and nothing that they take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from fieldkeep.core.labels.check.configuration import check_configuration
from fieldkeep.core.labels.relabel.engine import CHECKED, prometheus
from fieldkeep.edges.labels.check_files import check_read_files
from fieldkeep.edges.labels.configuration_files import ConfigurationFiles
from fieldkeep.errors import InputError
from fieldkeep.model import Severity, Source
from tests.real.prometheus import PrometheusServer
from tests.real.required import required
from tests.truth.cases import Case, cases
from tests.truth.test_truth import ASKED

_CASES = Path(__file__).with_name("check_cases.yml")
_NOT_BUILT = re.compile(r"field \w+_sd_configs not found")


def texts() -> list[str]:
    """The configurations, a job or a discovery put into one."""
    result = []
    for case in yaml.safe_load(_CASES.read_text("utf-8")):
        match case:
            case {"top": text}:
                result.append(f"{text}\n")
            case {"job": text}:
                result.append(f"scrape_configs: [{{job_name: a, {text}}}]\n")
            case {"sd": text}:
                kind, _, fields = text.partition(": ")
                result.append(f"scrape_configs: [{{job_name: a, {kind}_sd_configs: [{fields}]}}]\n")
    return result


@pytest.mark.parametrize("series", ASKED)
def test_servers_refuse_what_the_check_finds(series: str, tmp_path: Path) -> None:
    engine = prometheus(next(version for version in CHECKED if str(version) == series))
    with PrometheusServer(required(f"prometheus-{series}"), tmp_path) as server:
        wrong = []
        for text in texts():
            answer = server.load(text)
            found = check_configuration(Source("prometheus.yml", text.encode()), engine)
            if bool(answer) is not bool(found) and not _NOT_BUILT.search(answer):
                wrong.append(f"{text.strip()}: {found or 'nothing found'}; server: {answer}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_no_error_in_a_case_that_servers_take(case: Case) -> None:
    """Of each release that reads a case without a refusal; `compare` asks the servers for these."""
    for version in CHECKED:
        engine = prometheus(version)
        files = ConfigurationFiles(case.folder, engine)
        try:
            files.read_all("prometheus.yml")
        except InputError:
            continue
        found = check_read_files(files)
        assert [p for p in found if p.severity is Severity.ERROR] == [], str(engine)

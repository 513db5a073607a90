"""Real servers take the schemes of names that we say they take."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.labels.config.schemes import CASES
from tests.real.prometheus import PrometheusServer
from tests.real.required import required
from tests.truth.test_truth import ASKED


@pytest.mark.parametrize("series", ASKED)
def test_servers_take_these_schemes(series: str, tmp_path: Path) -> None:
    with PrometheusServer(required(f"prometheus-{series}"), tmp_path) as server:
        wrong = [
            case.name for case in CASES if case.accepted[series] is bool(server.load(case.text))
        ]
    assert wrong == []

"""The schemes of names: which releases refuse which of them, and whose names they limit."""

from __future__ import annotations

import pytest

from fieldkeep.core.labels.config.configuration import Configuration, read_configuration
from fieldkeep.core.labels.relabel.engine import prometheus
from fieldkeep.errors import InputError
from fieldkeep.model import Source
from tests.core.labels.config.schemes import CASES, Case, version


def read(text: str, release: str) -> Configuration:
    return read_configuration(Source("p.yml", text.encode()), prometheus(version(release)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_schemes_are_refused_as_each_release_does(case: Case) -> None:
    for release, accepted in case.accepted.items():
        try:
            read(case.text, release)
        except InputError:
            assert not accepted, release
        else:
            assert accepted, release


def test_from_3_7_on_a_legacy_scheme_limits_the_external_labels() -> None:
    text = "global: {metric_name_validation_scheme: legacy, external_labels: {a.b: x}}"
    assert read(text, "3.6").external_labels == {"a.b": "x"}
    with pytest.raises(InputError):
        read(text, "3.7")


LEGACY_JOB = """
scrape_configs:
- job_name: a
  metric_name_validation_scheme: legacy
  metric_name_escaping_scheme: underscores
  relabel_configs: [{source_labels: [b.c], target_label: "%s", replacement: x}]
"""


def test_from_3_7_on_rules_of_a_legacy_job_set_legacy_names() -> None:
    assert read(LEGACY_JOB % "cost-center", "3.6").pools[0].rules
    with pytest.raises(InputError, match="target_label is no label name"):
        read(LEGACY_JOB % "cost-center", "3.7")
    assert read(LEGACY_JOB % "cost_center", "3.7").pools[0].rules
    assert read(LEGACY_JOB % "$1", "3.7").pools[0].rules

"""Configurations in which many jobs share their rules by alias."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fieldkeep.core.labels.config import relabel_configs
from fieldkeep.core.labels.config.configuration import Configuration, read_configuration
from fieldkeep.core.labels.extract import read_pools
from fieldkeep.core.labels.lint_rules import lint_rules
from fieldkeep.core.labels.relabel import relabel_possible
from fieldkeep.errors import InputError
from fieldkeep.model import Source

RULES = "".join(
    f"  - {{source_labels: [__meta_consul_tagged_address_l{n}], regex: (.*), target_label: l{n}}}\n"
    for n in range(20)
)


def text(jobs: int) -> str:
    first = f"- job_name: j0\n  consul_sd_configs: [{{server: c}}]\n  relabel_configs: &r\n{RULES}"
    others = "".join(
        f"- {{job_name: j{n}, consul_sd_configs: [{{server: c}}], relabel_configs: *r}}\n"
        for n in range(1, jobs)
    )
    return f"scrape_configs:\n{first}{others}"


def many(jobs: int) -> Configuration:
    return read_configuration(Source("p.yml", text(jobs).encode()))


def counted(patch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[Any]:
    """The calls of a function, which does what it always does."""
    calls: list[Any] = []
    real = getattr(module, name)

    def counting(*given: Any) -> Any:
        calls.append(given)
        return real(*given)

    patch.setattr(module, name, counting)
    return calls


def test_a_rule_that_two_thousand_jobs_share_is_analysed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = counted(monkeypatch, relabel_configs, "_rule")
    applied = counted(monkeypatch, relabel_possible, "_apply")
    pools = many(2000).pools
    readings = read_pools(pools)
    assert (len(read), len(applied)) == (20, 20)
    assert [one.job for one in readings] == [f"j{n}" for n in range(2000)]
    assert {len(one.labels) for one in readings} == {22}
    assert lint_rules(pools) == []


def test_three_thousand_are_refused_as_prometheus_does(promtool: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="excessive aliasing"):
        many(3000)
    for jobs in (2000, 3000):
        path = tmp_path / f"{jobs}.yml"
        path.write_text(text(jobs), "utf-8")
        real = subprocess.run([promtool, "check", "config", path], capture_output=True, check=False)
        assert (real.returncode == 0) is (jobs == 2000), real.stderr


def test_jobs_whose_rules_ask_for_their_name_are_read_each() -> None:
    rule = "relabel_configs: &r [{source_labels: [job], regex: a, target_label: t, replacement: x}]"
    written = (
        f"scrape_configs:\n- {{job_name: a, dns_sd_configs: [{{names: [x]}}], {rule}}}\n"
        "- {job_name: b, dns_sd_configs: [{names: [x]}], relabel_configs: *r}\n"
    )
    a, b = read_pools(read_configuration(Source("p.yml", written.encode())).pools)
    assert "t" in {label.name for label in a.labels}
    assert "t" not in {label.name for label in b.labels}

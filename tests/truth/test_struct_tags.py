"""The table of known fields is what struct_tags.py makes of the sources' tags, and real servers
agree with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fieldkeep.core.labels.config import known_fields
from fieldkeep.core.labels.config.known_fields import is_discovery
from fieldkeep.core.labels.relabel.engine import CHECKED, NEWEST, prometheus, victoriametrics
from fieldkeep.core.labels.relabel.version import Version, parse_version
from tests.real.prometheus import PrometheusServer
from tests.real.required import required
from tests.real.victoriametrics import VictoriaMetricsServer
from tests.truth import struct_tags
from tests.truth import struct_tags_victoriametrics as own_tags
from tests.truth.test_truth import ASKED, TRUTH, VICTORIAMETRICS_RELEASES

# Debian builds its Prometheus without most discoveries; these are in all of its builds.
DISCOVERIES = {"file_sd_configs", "http_sd_configs"}
SECTIONS = {
    known_fields.TOP: "{field}: \n",
    known_fields.GLOBAL: "global:\n  {field}: \n",
    known_fields.JOB: "scrape_configs:\n- job_name: a\n  {field}: \n",
}


def test_the_table_is_written_from_the_struct_tags() -> None:
    raw = json.loads(struct_tags.RAW.read_text("utf-8"))
    assert struct_tags.TABLE.read_text("utf-8") == struct_tags.table(raw)
    assert (str(CHECKED[0]), str(NEWEST)) == (next(iter(raw)), list(raw)[-1])


@pytest.mark.parametrize("series", ASKED)
def test_servers_know_the_fields_of_the_table(series: str, tmp_path: Path) -> None:
    """Of each field that any release knows, a server says whether it knows it."""
    version = next(version for version in CHECKED if str(version) == series)
    everything = {
        section: {
            name
            for release in range(NEWEST.minor + 100)
            for name in (
                *known_fields.known(section, prometheus(Version(2, release))),
                *known_fields.known(section, prometheus(Version(3, release))),
            )
            if not name.endswith("_sd_configs") or name in DISCOVERIES
        }
        for section in SECTIONS
    }
    with PrometheusServer(required(f"prometheus-{series}"), tmp_path) as server:
        for section, names in everything.items():
            known = set(known_fields.known(section, prometheus(version)))
            on_server = {
                name
                for name in names
                if f"field {name} not found"
                not in server.load(SECTIONS[section].format(field=name))
            }
            assert on_server == known & names, section


def test_the_table_of_victoriametrics_is_written_from_its_struct_tags() -> None:
    raw = json.loads(own_tags.RAW.read_text("utf-8"))
    script = own_tags.__name__.rpartition(".")[2]
    assert own_tags.TABLE.read_text("utf-8") == struct_tags.table(raw, "VictoriaMetrics", script)


@pytest.mark.skipif(not TRUTH, reason="scripts/test --truth asks VictoriaMetrics")
@pytest.mark.parametrize("series", VICTORIAMETRICS_RELEASES)
def test_victoriametrics_knows_the_fields_of_the_table(series: str, tmp_path: Path) -> None:
    version = parse_version(series)
    assert version
    engine = victoriametrics(version)
    job = "scrape_configs: [{{job_name: a, {section}: [{fields}]}}]"
    sections = {
        known_fields.TOP: "{fields}",
        known_fields.GLOBAL: "global: {fields}",
        known_fields.JOB: "scrape_configs: [{fields}]",
        known_fields.RULE: job.replace("{section}", "relabel_configs"),
        **{
            name: job for name in known_fields.known(known_fields.JOB, engine) if is_discovery(name)
        },
    }
    words = {*known_fields.words(), "no_such_field"} - {"http_client"}
    with VictoriaMetricsServer(required(f"victoriametrics-{series}"), tmp_path) as server:
        for section, text in sections.items():
            fields = "{" + ", ".join(f"{word}: " for word in words) + "}"
            refusal = server.refuses(text.format(section=section, fields=fields))
            refused = set(re.findall(r"field (\w+) not found", refusal))
            assert words - refused == set(known_fields.known(section, engine)), section

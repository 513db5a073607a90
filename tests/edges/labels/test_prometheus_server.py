"""Sources that are servers: a real Prometheus, a real Consul, and servers that do not behave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fieldkeep.edges.labels.read_sources import ReadContext, read_all, read_source
from fieldkeep.model import Extracted, LabelReading, Reading, Skipped
from fieldkeep.settings.sources import Access, SourceSetting, Wrong, parse_sources
from tests.real.prometheus import PrometheusServer
from tests.real.proxy import (
    BAD_GATEWAY,
    FORBIDDEN,
    GARBAGE,
    REDIRECT,
    SILENCE,
    Answer,
    Gate,
)
from tests.real.required import required
from tests.real.servers import HOST, ConsulServer, free_ports, wait_until

CONSUL_SD = """
global: {{external_labels: {{site: north}}}}
scrape_configs:
- job_name: services
  consul_sd_configs: [{{server: '{address}', tags: [scraped]}}]
  relabel_configs:
  - {{source_labels: [__meta_consul_service_metadata_company], target_label: company}}
  - {{source_labels: [__meta_consul_service_metadata_never], target_label: never}}
  - {{regex: '__meta_consul_service_metadata_x_(.+)', action: labelmap}}
  - {{source_labels: [__meta_consul_service], target_label: service}}
  - {{source_labels: [__meta_consul_tags], regex: '.*,env=([^,]+),.*', target_label: env}}
  - {{source_labels: [__meta_consul_node, __meta_consul_service_port], target_label: node}}
- job_name: one
  consul_sd_configs: [{{server: '{address}', services: [web]}}]
"""


@pytest.fixture(scope="module")
def discovered(
    tmp_path_factory: pytest.TempPathFactory, consul_agent: ConsulServer
) -> Iterator[tuple[PrometheusServer, str]]:
    """A Prometheus that discovers the services of a Consul, and its configuration."""
    services: list[tuple[str, str, list[str], dict[str, str]]] = [
        ("web", "web-1", ["scraped", "env=prod"], {"company": "A", "x_Cost-Center": "7"}),
        ("web", "web-2", ["scraped"], {"company": "B"}),
        ("db", "db-1", ["scraped", "env=test"], {"x_os": "linux"}),
        ("db", "db-2", ["hidden"], {"company": "C"}),
    ]
    for port, (name, identity, tags, meta) in enumerate(services, 19):
        about = {"Name": name, "ID": identity, "Port": port, "Tags": tags, "Meta": meta}
        consul_agent.ask("PUT", "/v1/agent/service/register", {**about, "Address": HOST})
    folder = tmp_path_factory.mktemp("discovered")
    text = CONSUL_SD.format(address=consul_agent.address)
    (folder / "prometheus.yml").write_text(text, "utf-8")
    with PrometheusServer(required("prometheus-2.24"), folder) as server:
        wait_until(lambda: len(server.active()) == 5, "the targets of both jobs")
        yield server, text
    for _, identity, _, _ in services:  # other tests count what is registered
        consul_agent.ask("PUT", f"/v1/agent/service/deregister/{identity}")


def by_name(reading: Reading, job: str) -> dict[str, LabelReading]:
    assert isinstance(reading, Extracted), reading
    (pool,) = (pool for pool in reading.pools if pool.job == job)
    return {label.name: label for label in pool.labels}


def seen(server: PrometheusServer, job: str) -> list[dict[str, str]]:
    return [one["labels"] for one in server.active() if one["scrapePool"] == job]


def assert_settled(reading: Reading, server: PrometheusServer) -> None:
    """Names, certainty and values are those of the server's own targets."""
    for job in ("services", "one"):
        labels = by_name(reading, job)
        targets = seen(server, job)
        for name in {name for target in targets for name in target}:
            assert labels[name].values == tuple(sorted({t[name] for t in targets if name in t}))
            everywhere = all(name in target for target in targets)
            assert labels[name].certainty.value == ("always" if everywhere else "maybe"), name
        assert not any(label.pattern for label in labels.values())
    never = by_name(reading, "services")["never"]
    assert (never.certainty.value, never.values) == ("maybe", ())


def test_the_catalogue_gives_what_consul_sd_discovers(
    discovered: tuple[PrometheusServer, str], consul_agent: ConsulServer, tmp_path: Path
) -> None:
    server, text = discovered
    (tmp_path / "p.yml").write_text(text, "utf-8")
    setting = SourceSetting(("p.yml",), catalog=f"http://{consul_agent.address}")
    reading = read_source("north", setting, ReadContext(tmp_path))
    assert_settled(reading, server)
    labels = by_name(reading, "services")
    assert labels["Cost_Center"].rules[0].action == "labelmap"
    assert labels["env"].values == ("prod", "test")
    assert isinstance(reading, Extracted)
    assert [pool.live for pool in reading.pools] == [3, 2]


def test_files_are_settled_by_the_targets_of_their_server(
    discovered: tuple[PrometheusServer, str], tmp_path: Path
) -> None:
    server, text = discovered
    (tmp_path / "p.yml").write_text(text, "utf-8")
    setting = SourceSetting(("p.yml",), live=server.url)
    assert_settled(read_source("north", setting, ReadContext(tmp_path)), server)


def test_a_server_alone_tells_structure_and_labels(
    discovered: tuple[PrometheusServer, str], tmp_path: Path
) -> None:
    server, _ = discovered
    reading = read_source("north", SourceSetting((server.url,)), ReadContext(tmp_path))
    assert_settled(reading, server)
    assert isinstance(reading, Extracted)
    assert reading.external_labels == {"site": "north"}
    assert reading.port == int(server.address.rpartition(":")[2])
    company = by_name(reading, "services")["company"]
    assert company.rules[0].source_labels == ("__meta_consul_service_metadata_company",)


def test_a_token_without_rights_is_not_an_empty_catalogue(
    consul_acl: ConsulServer, tmp_path: Path
) -> None:
    (tmp_path / "p.yml").write_text(CONSUL_SD.format(address="c"), "utf-8")
    setting = SourceSetting(("p.yml",), catalog=f"http://{consul_acl.address}")
    reading = read_source("north", setting, ReadContext(tmp_path))
    assert isinstance(reading, Skipped)
    assert "service:read" in reading.reason
    access = Access(token_env="CATALOG")
    setting = SourceSetting(("p.yml",), catalog=setting.catalog, catalog_access=access)
    around = ReadContext(tmp_path, variables={"CATALOG": consul_acl.management})
    assert isinstance(read_source("north", setting, around), Extracted)


MISBEHAVING: Mapping[str, tuple[Answer, str]] = {
    "garbage": (GARBAGE, "not JSON"),
    "redirect": (REDIRECT, "HTTP 301"),
    "forbidden": (FORBIDDEN, "not allowed (HTTP 403)"),
    "bad gateway": (BAD_GATEWAY, "HTTP 502"),
    "silence": (SILENCE, "no answer within 1 s"),
    "another service": (Answer(200, b'{"a": 1}'), "not Prometheus'"),
    "a list": (Answer(200, b"[]"), "not Prometheus'"),
    "half of it": (Answer(200, b'{"status": "success"', cut=True), ""),
}


@pytest.mark.parametrize("kind", MISBEHAVING)
def test_a_server_that_misbehaves_is_skipped_with_its_reason(kind: str, tmp_path: Path) -> None:
    answer, reason = MISBEHAVING[kind]
    with Gate(f"{HOST}:1") as gate:
        gate.answer("GET", "/", answer)
        access = Access(token_env="TOKEN", seconds=1)
        setting = SourceSetting((f"http://{gate.address}",), access=access)
        started = time.monotonic()
        reading = read_source("x", setting, ReadContext(tmp_path, variables={"TOKEN": "s3cret"}))
    assert isinstance(reading, Skipped)
    assert reason in reading.reason
    assert "s3cret" not in reading.reason
    assert time.monotonic() - started < 10


def test_a_busy_server_is_asked_again(
    discovered: tuple[PrometheusServer, str], tmp_path: Path
) -> None:
    server, _ = discovered
    with Gate(server.address) as gate:
        gate.answer("GET", "/api/v1/targets", BAD_GATEWAY, times=1)
        reading = read_source(
            "x", SourceSetting((f"http://{gate.address}",)), ReadContext(tmp_path)
        )
    assert isinstance(reading, Extracted)


def test_sources_are_asked_in_parallel(tmp_path: Path) -> None:
    with Gate(f"{HOST}:1") as gate:
        gate.answer("GET", "/", SILENCE)
        one = SourceSetting((f"http://{gate.address}",), access=Access(seconds=1))
        started = time.monotonic()
        readings = read_all(dict.fromkeys("abcdef", one), ReadContext(tmp_path))
    assert all(isinstance(reading, Skipped) for reading in readings)
    assert time.monotonic() - started < 5  # one after the other, six


# ------------------------------------------------------------- what a user sees of all that


@pytest.fixture
def project(tmp_path: Path) -> Path:
    fields = tmp_path / "fields"
    fields.mkdir()
    (fields / "company.yaml").write_text("name: company\ndisplay_name: Firm\n", "utf-8")
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fieldkeep", *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(project)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def settings(project: Path, sources: Mapping[str, Any]) -> None:
    lines = [f"{name} = {value}" for name, value in sources.items()]
    text = "[tool.fieldkeep.sources]\n" + "\n".join(lines) + "\n"
    (project / "pyproject.toml").write_text(text, "utf-8")


def document(project: Path) -> dict[str, Any]:
    by_name: dict[str, Any] = {}
    for name in json.loads(run(project, "list", "--format", "json").stdout)["fields"]:
        by_name[name["name"]] = name
    return by_name


def test_a_sync_keeps_the_labels_of_servers_that_do_not_answer(project: Path) -> None:
    site = "scrape_configs:\n- job_name: j\n  consul_sd_configs: [{server: c}]\n  relabel_configs:"
    rule = "\n  - {source_labels: [__meta_consul_service_metadata_NAME], target_label: NAME}\n"
    for name in ("refused", "slow", "garbage"):
        (project / f"{name}.yml").write_text(site + rule.replace("NAME", f"of_{name}"), "utf-8")
    files = {name: f'"{name}.yml"' for name in ("refused", "slow", "garbage")}
    settings(project, files)
    assert run(project, "sync").returncode == 0
    before = document(project)
    assert {"of_refused", "of_slow", "of_garbage", "company"} <= before.keys()

    (project / "fields" / "company.yaml").write_text("name: company\ndisplay_name: New\n", "utf-8")
    (nobody,) = free_ports(1)
    with Gate(f"{HOST}:1") as slow, Gate(f"{HOST}:1") as garbage:
        slow.answer("GET", "/", SILENCE)
        garbage.answer("GET", "/", GARBAGE)
        ports = {
            "refused": f"{HOST}:{nobody}",
            "slow": slow.address,
            "garbage": garbage.address,
        }
        tables = {
            name: f'{{ where = "http://{address}", timeout = 1 }}'
            for name, address in ports.items()
        }
        settings(project, tables)
        strict = run(project, "sync", "--require-all-sources")
        assert (strict.returncode, document(project)) == (4, before)
        done = run(project, "sync")
    assert done.returncode == 0, done.stderr
    after = document(project)
    assert after.keys() == before.keys()
    assert after["company"]["display_name"] == "New"
    assert after["of_slow"] == before["of_slow"]
    for name, reason in (("refused", "refused"), ("slow", "within 1 s"), ("garbage", "not JSON")):
        assert any(
            line.startswith(f"    {name}: ") and reason in line for line in done.stdout.splitlines()
        ), done.stdout


def test_no_secret_of_a_configuration_is_shown(project: Path) -> None:
    (project / "p.yml").write_text(
        "global: {external_labels: {api_token: s3cret-a, site: x}}\n"
        "remote_write: [{url: 'http://u:s3cret-b@h/', basic_auth: {password: s3cret-c}}]\n"
        "scrape_configs:\n"
        "- job_name: j\n"
        "  basic_auth: {username: u, password: s3cret-d}\n"
        "  params: {token: [s3cret-e]}\n"
        "  static_configs:\n"
        "  - {targets: [h:1], labels: {url: 'http://u:s3cret-f@h/?api_key=s3cret-g', company: A}}\n"
        "  relabel_configs:\n"
        "  - {source_labels: [url], target_label: company, replacement: 'http://u:s3cret-h@h/'}\n"
        "  - {source_labels: [__param_token], target_label: __param_token}\n"
        "  - {source_labels: [url], target_label: link}\n"
        "  - {target_label: auth, replacement: 'Bearer s3cret-i'}\n",
        "utf-8",
    )
    settings(project, {"p": '"p.yml"'})
    output = ""
    for command in (
        ("extract",),
        ("extract", "--format", "json"),
        *(("extract", "--explain", name) for name in ("company", "url", "link", "__param_token")),
        ("validate", "--prometheus"),
        ("sync", "-v"),
        ("list", "--format", "json"),
    ):
        done = run(project, *command)
        assert done.returncode in (0, 1), done.stderr
        output += done.stdout + done.stderr
    store = (project / ".fieldkeep" / "store.db").read_bytes()
    assert "s3cret" not in output
    assert b"s3cret" not in store


@pytest.mark.parametrize("key", ["where", "live", "catalog"])
@pytest.mark.parametrize("url", ["http://u:s3cret@h:1", "http://h:1?token=s3cret", "ssh://s3cret"])
def test_a_url_in_the_settings_may_hold_no_secret(key: str, url: str) -> None:
    table = {"where": "p.yml", key: url}
    with pytest.raises(Wrong, match="must") as refusal:
        parse_sources({"p": table})
    assert "s3cret" not in str(refusal.value)

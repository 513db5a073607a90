"""A real Prometheus that asks for a password over TLS, with certificates of our own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldkeep.edges.labels.read_sources import ReadContext, read_source
from fieldkeep.model import Extracted, Reading, Skipped
from fieldkeep.settings.sources import Access, SourceSetting
from tests.real.required import required
from tests.real.servers import HOST, free_ports, wait_until

PASSWORD = "pass-word"
HASHED = "$2b$04$MgdFOqleMRQP2yOVQqQc9ehMDhdhLQFyTzm1hpE0au63l5JGK5Z.e"  # bcrypt of it
CONFIGURATION = """
scrape_configs:
- job_name: node
  static_configs: [{targets: ['127.0.0.1:9'], labels: {site: north}}]
"""
WEB = f"""
tls_server_config: {{cert_file: cert.pem, key_file: key.pem}}
basic_auth_users: {{ana: {HASHED}}}
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the server, and the folder with its certificate."""
    folder = tmp_path_factory.mktemp("guarded")
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=prometheus"
    names = ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*make.split(), *names], cwd=folder, check=True, capture_output=True)
    (folder / "prometheus.yml").write_text(CONFIGURATION, "utf-8")
    (folder / "web.yml").write_text(WEB, "utf-8")
    (port,) = free_ports(1)
    server = subprocess.Popen(
        [
            required("prometheus-2.24"),
            "--config.file=prometheus.yml",
            "--web.config.file=web.yml",
            f"--web.listen-address={HOST}:{port}",
            "--storage.tsdb.path=data",
        ],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"https://{HOST}:{port}"
        wait_until(lambda: isinstance(read(url, folder), Extracted), "a guarded Prometheus")
        yield url, folder
    finally:
        server.kill()
        server.wait()


def read(url: str, folder: Path, password: str = PASSWORD, ca: str | None = "cert.pem") -> Reading:
    path = str(folder / ca) if ca else None
    access = Access(user="ana", password_env="PROMETHEUS_PASSWORD", ca=path, seconds=5)
    around = ReadContext(folder, variables={"PROMETHEUS_PASSWORD": password})
    return read_source("north", SourceSetting((url,), access=access), around)


def test_the_right_password_over_a_known_certificate_reads(guarded: tuple[str, Path]) -> None:
    reading = read(*guarded)
    assert isinstance(reading, Extracted)
    assert [pool.job for pool in reading.pools] == ["node"]


def test_a_wrong_password_is_told_and_not_shown(guarded: tuple[str, Path]) -> None:
    reading = read(*guarded, password="guessed-one")
    assert isinstance(reading, Skipped)
    assert "401" in reading.reason
    assert "guessed-one" not in reading.reason


def test_an_unknown_certificate_is_no_server_of_ours(guarded: tuple[str, Path]) -> None:
    reading = read(*guarded, ca=None)
    assert isinstance(reading, Skipped)
    assert PASSWORD not in reading.reason
    assert "certificate" in reading.reason.lower() or "tls" in reading.reason.lower()

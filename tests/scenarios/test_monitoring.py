"""Monitoring: a real Prometheus scrapes a real watcher, and every rule and panel has its data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.real.parts import ROOT
from tests.real.prometheus import PrometheusServer
from tests.real.required import required
from tests.real.servers import wait_until
from tests.scenarios.world import ConsulWorld, World, ended

MONITORING = ROOT / "docs" / "monitoring"
FROM_JOBS = ("fieldkeep_run_", "fieldkeep_drill_")


def test_the_rules_hold_by_their_own_tests(promtool: Path, tmp_path: Path) -> None:
    for name in ("alerts.yml", "alerts_test.yml"):
        shutil.copy(MONITORING / name, tmp_path)
    for arguments in (("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")):
        done = subprocess.run(
            [promtool, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "FAILED" not in done.stdout + done.stderr


def test_a_prometheus_scrapes_a_watcher(served: ConsulWorld, tmp_path: Path) -> None:
    served.sync()
    watcher = served.start("watch", "--listen", "127.0.0.1:0")
    try:
        assert watcher.stderr is not None
        line = next(line for line in watcher.stderr if line.startswith("serving "))
        url = line.split()[1].removesuffix("/metrics")
        wait_until(lambda: requests.get(f"{url}/healthz", timeout=5).text == "ok\n", "it is well")
        assert requests.get(f"{url}/nowhere", timeout=5).status_code == 404
        assert requests.post(f"{url}/metrics", timeout=5).status_code == 405
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as hangs_up:
            hangs_up.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            hangs_up.sendall(b"GET /metr")  # and a reset, which is no news: see the end
        folder = tmp_path / "prometheus"
        folder.mkdir()
        shutil.copy(MONITORING / "alerts.yml", folder)
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["alerts.yml"],
            "scrape_configs": [
                {
                    "job_name": "fieldkeep",
                    "static_configs": [{"targets": [url.removeprefix("http://")]}],
                }
            ],
        }
        (folder / "prometheus.yml").write_text(json.dumps(config), "utf-8")
        with PrometheusServer(required("prometheus-2.24"), folder) as prometheus:
            wait_until(
                lambda: _value(prometheus, "fieldkeep_in_sync") == 1, "git has been looked at"
            )
            assert _value(prometheus, "fieldkeep_fields") == 25
            for expression in _dashboard():
                may_be_empty = any(name in expression for name in FROM_JOBS) or ">" in expression
                if may_be_empty:
                    _query(prometheus, expression)
                else:
                    wait_until(partial(_has_data, prometheus, expression), expression)
            wait_until(lambda: _rules(prometheus) == {"ok"}, "every rule was evaluated")
            served.wipe("")
            wait_until(
                lambda: _value(prometheus, "fieldkeep_document_present") == 0, "it is missed"
            )
    finally:
        watcher.send_signal(signal.SIGTERM)
        ended(watcher, 0)


def test_jobs_write_files_for_the_textfile_collector(world: World) -> None:
    file = world.project.root / "sync.prom"
    world.sync("--metrics-file", "sync.prom")
    said = file.read_text("utf-8")
    assert 'fieldkeep_run_exit_code{command="sync"} 0.0' in said
    assert 'stage="apply"' in said
    world.run("hold", "--until", "1h", "--reason", "wait")
    world.project.field("company", "name: company\ndisplay_name: Other\n")
    world.sync("--metrics-file", "sync.prom", code=3)
    assert 'fieldkeep_run_exit_code{command="sync"} 3.0' in file.read_text("utf-8")
    assert "fieldkeep_hold 1.0" in world.run("status", "--format", "prometheus", code=2).out
    world.run("drill", "--metrics-file", "drill.prom")
    said = (world.project.root / "drill.prom").read_text("utf-8")
    assert "fieldkeep_drill_success 1.0" in said
    pipe = world.project.root / "pipe.prom"
    os.mkfifo(pipe)
    assert "is no metrics file" in world.sync("--metrics-file", "pipe.prom", code=3).err
    taken = world.project.root / "taken.prom"
    taken.write_text("node_load1 3\n", "utf-8")
    assert "is no metrics file" in world.sync("--metrics-file", "taken.prom", code=3).err
    assert taken.read_text("utf-8") == "node_load1 3\n"


def _dashboard() -> list[str]:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text("utf-8"))
    expressions = [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
    assert len(expressions) > 15
    return expressions


def _query(prometheus: PrometheusServer, expression: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = prometheus.get(f"/api/v1/query?query={quote(expression)}")[
        "result"
    ]
    return found


def _has_data(prometheus: PrometheusServer, expression: str) -> bool:
    return bool(_query(prometheus, expression))


def _value(prometheus: PrometheusServer, expression: str) -> float | None:
    found = _query(prometheus, expression)
    return float(found[0]["value"][1]) if found else None


def _rules(prometheus: PrometheusServer) -> set[str]:
    groups = prometheus.get("/api/v1/rules")["groups"]
    return {rule["health"] for group in groups for rule in group["rules"]}

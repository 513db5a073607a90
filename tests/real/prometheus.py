"""Real Prometheus servers on loopback, each with its own port, folder and process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Self

import requests

from tests.real.servers import HOST, ServerError, _dying_with_us, free_ports, wait_until

EMPTY = "scrape_configs: []\n"


class PrometheusServer:
    """`with PrometheusServer(program, folder) as server:` runs `folder/prometheus.yml`.

    Without such a file it starts with no job; `load` changes what it runs.
    """

    def __init__(self, program: Path, folder: Path, *arguments: str) -> None:
        self.program, self.folder, self.arguments = program, folder, arguments
        self.config = folder / "prometheus.yml"
        self.log = folder / "prometheus.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.session = requests.Session()
        self.session.trust_env = False
        self.address = ""

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def __enter__(self) -> Self:
        if not self.config.exists():
            self.config.write_text(EMPTY, "utf-8")
        for last_try in (False, False, True):
            (port,) = free_ports(1)
            self.address = f"{HOST}:{port}"
            try:
                self._start()
            except ServerError:
                if last_try or "address already in use" not in self.log.read_text("utf-8"):
                    raise
            else:
                break
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()
        self.stop()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def get(self, path: str) -> Any:
        """The data of an answer of the HTTP API."""
        answer = self.session.get(self.url + path, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]

    def active(self) -> list[dict[str, Any]]:
        """`activeTargets` of the targets API."""
        found: list[dict[str, Any]] = self.get("/api/v1/targets?state=active")["activeTargets"]
        return found

    def load(self, text: str) -> str:
        """Run another configuration; the server's reason if it refuses, then the old one stays."""
        self.config.write_text(text, "utf-8")
        answer = self.session.post(f"{self.url}/-/reload", timeout=30)
        if answer.status_code == 200:
            return ""
        return answer.text.strip() or str(answer.status_code)

    def refuses(self, text: str) -> str:
        """The server's reason if it refuses a configuration, else ""."""
        return self.load(text)

    def _start(self) -> None:
        command = [
            str(self.program),
            f"--config.file={self.config}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--web.enable-lifecycle",
            *self.arguments,
        ]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*_dying_with_us(), *command],
                cwd=self.folder,
                env={**os.environ, "GOMAXPROCS": "2"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(self._ready, "this Prometheus is ready")
        except BaseException:
            self.stop()
            raise

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            code, self.process = self.process.returncode, None
            log = self.log.read_text("utf-8", errors="replace")
            raise ServerError(f"Prometheus ended with {code}:\n{log[-2000:]}")
        try:
            if self.session.get(f"{self.url}/-/ready", timeout=5).status_code != 200:
                return False
            # Somebody else may have been quicker to take the port.
            flags = self.get("/api/v1/status/flags")
        except (requests.RequestException, json.JSONDecodeError):
            return False
        return bool(flags["config.file"] == str(self.config))

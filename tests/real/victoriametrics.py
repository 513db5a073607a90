"""Real VictoriaMetrics servers (single node) on loopback."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any, Self

import requests

from tests.real.servers import HOST, ServerError, _dying_with_us, free_ports, wait_until

_FATAL = re.compile(r"\tfatal\t\S+\t(.*)", re.DOTALL)


class VictoriaMetricsServer:
    """`with VictoriaMetricsServer(program, folder) as server:`; `load` starts it anew with a
    configuration."""

    def __init__(self, program: Path, folder: Path, *arguments: str) -> None:
        self.program, self.folder, self.arguments = program, folder, arguments
        self.config = folder / "victoriametrics.yml"
        self.log = folder / "victoriametrics.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.session = requests.Session()
        self.session.trust_env = False
        self.address = ""

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()
        self.stop()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def active(self) -> list[dict[str, Any]]:
        """`activeTargets` of the targets API."""
        answer = self.session.get(f"{self.url}/api/v1/targets?state=active", timeout=30)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]["activeTargets"]
        return found

    def refuses(self, text: str) -> str:
        """The reason why it does not start with a configuration; "" if it does."""
        self.config.write_text(text, "utf-8")
        command = [
            str(self.program),
            "-dryRun",
            "-loggerMaxArgLen=1000000",
            f"-promscrape.config={self.config}",
            *self.arguments,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        fatal = _FATAL.search(done.stderr)
        return "" if done.returncode == 0 else (fatal[1] if fatal else done.stderr).strip()

    def load(self, text: str) -> str:
        """Start with another configuration; the reason if it refuses it."""
        refusal = self.refuses(text)
        if not refusal:
            self.stop()
            self._start()
        return refusal

    def _start(self) -> None:
        (port,) = free_ports(1)
        self.address = f"{HOST}:{port}"
        command = [
            str(self.program),
            f"-promscrape.config={self.config}",
            f"-storageDataPath={self.folder / 'data'}",
            f"-httpListenAddr={self.address}",
            "-memory.allowedBytes=64MB",
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
            wait_until(self._ready, "this VictoriaMetrics is ready")
        except BaseException:
            self.stop()
            raise

    def _ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            log = self.log.read_text("utf-8", errors="replace")
            raise ServerError(
                f"VictoriaMetrics ended with {self.process.returncode}: {log[-2000:]}"
            )
        try:
            return self.session.get(f"{self.url}/health", timeout=5).status_code == 200
        except requests.RequestException:
            return False

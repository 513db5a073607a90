"""Real Consul servers on loopback, each with its own ports, folder and process."""

from __future__ import annotations

import json
import random
import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import requests

from tests.real import parts

HOST = "127.0.0.1"
READY_WITHIN = 60.0  # a deadline for a busy machine; an idle one needs a second or two


class ServerError(Exception):
    """A server did not start, did not get ready, or refused what a fixture asked of it."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, by TCP and by UDP (Consul's gossip takes both).

    They lie below the range that outgoing connections take theirs from, so that a server
    which a test stops finds its port still free when the test starts it again.
    """
    ports: list[int] = []
    with ExitStack() as bound:
        while len(ports) < count:
            port = random.randrange(15_000, 32_000)
            try:
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    bound.enter_context(socket.socket(socket.AF_INET, kind)).bind((HOST, port))
            except OSError:
                continue
            ports.append(port)
    return ports


def wait_until(condition: Callable[[], bool], what: str, timeout: float = READY_WITHIN) -> None:
    """Ask again and again, until it is so or the deadline has passed."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout:g} s: {what}")
        time.sleep(0.02)


class RawConsul:
    """Plain HTTP to a Consul, as `curl` or an application would send it: no code of ours."""

    def __init__(self, address: str, management: str = "") -> None:
        self.address = address
        self.management = management  # the token of these calls; empty sends none
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy, no netrc between a test and its server

    @property
    def url(self) -> str:
        return f"consul://{self.address}"

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> requests.Response:
        """`path` as after the host (`/v1/...`), already quoted."""
        return self.session.request(
            method,
            f"http://{self.address}{path}",
            params=params,
            data=body,
            headers={"X-Consul-Token": self.management} if self.management else {},
            timeout=30,
            allow_redirects=False,
        )

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON, take JSON (None if nothing came); anything but 200 is an error."""
        sent = None if body is None else json.dumps(body).encode()
        answer = self.request(method, path, body=sent)
        _expect(answer, 200)
        return answer.json() if answer.content else None

    def get(self, key: str) -> bytes | None:
        """The value; None if the key is absent."""
        answer = self.request("GET", f"/v1/kv/{quote(key)}", params={"raw": "", "consistent": ""})
        _expect(answer, 200, 404)
        return answer.content if answer.status_code == 200 else None

    def entry(self, key: str) -> dict[str, Any] | None:
        """Consul's own entry: CreateIndex, ModifyIndex, Flags, Value in base64; None if absent."""
        answer = self.request("GET", f"/v1/kv/{quote(key)}", params={"consistent": ""})
        _expect(answer, 200, 404)
        if answer.status_code == 404:
            return None
        found: dict[str, Any] = answer.json()[0]
        return found

    def put(self, key: str, value: bytes, *, flags: int = 0) -> None:
        """A plain PUT, with no check-and-set: the way an application overwrites."""
        params = {"flags": str(flags)} if flags else {}
        answer = self.request("PUT", f"/v1/kv/{quote(key)}", params=params, body=value)
        _expect(answer, 200)

    def delete(self, key: str, recurse: bool = False) -> None:
        params = {"recurse": ""} if recurse else {}
        _expect(self.request("DELETE", f"/v1/kv/{quote(key)}", params=params), 200)

    def keys(self, prefix: str) -> list[str]:
        answer = self.request("GET", f"/v1/kv/{quote(prefix)}", params={"keys": ""})
        _expect(answer, 200, 404)
        return sorted(answer.json()) if answer.status_code == 200 else []


def _expect(answer: requests.Response, *statuses: int) -> None:
    if answer.status_code not in statuses:
        raise ServerError(
            f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
        )


class ConsulServer(RawConsul):
    """One agent in server mode, a process of ours: `with ConsulServer(program, folder) as consul:`.

    Stopped or killed, it starts again on the same ports and, unless `dev`, with the same data.
    """

    def __init__(
        self,
        program: Path,
        folder: Path,
        *,
        dev: bool = False,
        acl: bool = False,
        log_level: str = "warn",  # at debug it logs every request
    ) -> None:
        super().__init__("")
        self.log_level = log_level
        self.program, self.folder, self.dev, self.acl = program, folder, dev, acl
        self.node = f"node-{uuid.uuid4().hex[:12]}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "consul.log"

    def __enter__(self) -> Self:
        for last_try in (False, False, True):
            self._take_ports()
            try:
                self.start()
            except ServerError:
                # Another process may have been quicker to take one of the ports.
                if last_try or "address already in use" not in self.log.read_text("utf-8"):
                    raise
            except BaseException:
                self.kill()
                raise
            else:
                break
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()
        self.kill()

    def start(self) -> None:
        """Start it and wait until it can read consistently and knows itself."""
        if self.process is not None:
            raise ServerError("this Consul already runs")
        command = [str(self.program), "agent", f"-config-file={self.folder / 'consul.json'}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*_dying_with_us(), *command, *(["-dev"] if self.dev else [])],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(self._leads, "this Consul is its own leader")
            if self.acl and not self.management:
                wait_until(self._bootstraps, "the ACL system hands out its first token")
                self.ask("PUT", "/v1/agent/token/agent", {"Token": self.management})
            wait_until(self._reads, "a consistent read")
            wait_until(self._knows_itself, "the node is in the catalog, so that sessions work")
        except (TimeoutError, requests.RequestException) as e:
            self.kill()
            raise ServerError(f"{e}\n{self.log_tail()}") from e
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """The orderly way: it flushes what it holds, and leaves the cluster to no one."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
            self.process = None

    def kill(self) -> None:
        """Power off: it gets no time to put anything in order."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-15:])

    def _take_ports(self) -> None:
        http, server, serf = free_ports(3)
        self.address = f"{HOST}:{http}"
        self.leader = f"{HOST}:{server}"
        off = ["dns", "grpc", "https", "serf_wan"]
        if _version(self.program) >= (1, 14):
            off.append("grpc_tls")
        config: dict[str, Any] = {
            "node_name": self.node,
            "bind_addr": HOST,
            "client_addr": HOST,
            "log_level": self.log_level,
            "disable_update_check": True,  # no look-ups outside
            "connect": {"enabled": False},
            "performance": {"raft_multiplier": 1},
            "ports": {"http": http, "server": server, "serf_lan": serf, **dict.fromkeys(off, -1)},
        }
        if not self.dev:
            config |= {
                "server": True,
                "bootstrap_expect": 1,
                "data_dir": str(self.folder / "data"),
            }
        if self.acl:
            config["acl"] = {"enabled": True, "default_policy": "deny"}
        (self.folder / "consul.json").write_text(json.dumps(config), "utf-8")

    def _answer(self, method: str, path: str) -> requests.Response | None:
        """None while nobody answers; an error once the process has ended."""
        if self.process is not None and self.process.poll() is not None:
            code, self.process = self.process.returncode, None
            raise ServerError(f"Consul ended with {code}:\n{self.log_tail()}")
        try:
            return self.request(method, path)
        except requests.ConnectionError:
            return None

    def _leads(self) -> bool:
        # The raft address names this very server: another one that was quicker to take our
        # HTTP port leads somewhere else.
        answer = self._answer("GET", "/v1/status/leader")
        return answer is not None and answer.ok and answer.json() == self.leader

    def _reads(self) -> bool:
        answer = self._answer("GET", "/v1/kv/ready?consistent")
        return answer is not None and answer.status_code in {200, 404}

    def _knows_itself(self) -> bool:
        answer = self._answer("GET", f"/v1/catalog/node/{self.node}")
        return answer is not None and answer.ok and bool(answer.json())

    def _bootstraps(self) -> bool:
        # Refused while the server still moves from the old ACL system to the new one.
        answer = self._answer("PUT", "/v1/acl/bootstrap")
        if answer is not None and answer.ok:
            self.management = str(answer.json()["SecretID"])
        return bool(self.management)

    def token(self, rules: str) -> str:
        """A new token that may do what rules like `key_prefix "a/" { policy = "read" }` say."""
        policy = {"Name": uuid.uuid4().hex, "Rules": rules}
        made = self.ask("PUT", "/v1/acl/policy", policy)
        token = self.ask("PUT", "/v1/acl/token", {"Policies": [{"ID": made["ID"]}]})
        return str(token["SecretID"])


def _dying_with_us() -> list[str]:
    """Let the kernel end the server if the tests are killed before they can stop it.

    The kernel goes by threads: the server would end with the thread that started it.
    """
    if shutil.which("setpriv") is None:
        return []
    if threading.current_thread() is not threading.main_thread():
        raise ServerError("start servers from the main thread, which outlives them")
    return ["setpriv", "--pdeathsig", "KILL", "--"]


def _version(program: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in parts.version(program).split("."))

"""Three Consul servers that elect a leader, each a process of ours, on loopback or behind a bridge
in a network namespace of our own, where a link can be taken down."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.real.servers import RawConsul, free_ports, wait_until

ELECTED_WITHIN = 60.0


@dataclass
class Node:
    number: int
    host: str
    folder: Path
    api: RawConsul
    process: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            if self.process.stdin:
                self.process.stdin.close()
            self.process = None

    def pause(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@dataclass
class Cluster:
    program: Path
    folder: Path
    bridged: bool = False
    nodes: list[Node] = field(default_factory=list)

    def set_up(self) -> None:
        http, server, serf = free_ports(3)
        hosts = [f"10.77.0.1{n}" if self.bridged else f"127.0.0.1{n}" for n in (1, 2, 3)]
        if self.bridged:
            _ip("link set lo up")
            _ip("link add fkbr type bridge")
            _ip("addr add 10.77.0.1/24 dev fkbr")
            _ip("link set fkbr up")
        for number, host in enumerate(hosts, 1):
            folder = self.folder / f"server-{number}"
            folder.mkdir()
            config = {
                "node_name": f"server-{number}",
                "server": True,
                "bootstrap_expect": 3,
                "bind_addr": host,
                "client_addr": host,
                "data_dir": str(folder / "data"),
                "retry_join": [f"{other}:{serf}" for other in hosts if other != host],
                "retry_interval": "1s",
                "log_level": "warn",
                "disable_update_check": True,
                "connect": {"enabled": False},
                "performance": {"raft_multiplier": 1},
                # one that was away for a while votes again at once
                "autopilot": {"cleanup_dead_servers": False, "server_stabilization_time": "1s"},
                "ports": {"http": http, "server": server, "serf_lan": serf}
                | dict.fromkeys(["dns", "grpc", "https", "serf_wan"], -1),
            }
            (folder / "consul.json").write_text(json.dumps(config), "utf-8")
            self.nodes.append(Node(number, host, folder, RawConsul(f"{host}:{http}")))
        for node in self.nodes:
            self.start(node)
        self.wait_for_a_leader()
        self.wait_for_all()

    def start(self, node: Node) -> None:
        """Behind a bridge the server waits, in its own namespace, until its link is there."""
        agent = [str(self.program), "agent", f"-config-file={node.folder / 'consul.json'}"]
        dying = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        waiting = ["unshare", "-n", "sh", "-c", 'read _; exec "$@"', "sh"] if self.bridged else []
        with (node.folder / "consul.log").open("ab") as log:
            node.process = subprocess.Popen(
                [*dying, *waiting, *agent], stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        if self.bridged:
            self._connect(node)
        assert node.process.stdin is not None
        node.process.stdin.write(b"\n")
        node.process.stdin.flush()

    def _connect(self, node: Node) -> None:
        assert node.process is not None
        pid, outer, inner = node.process.pid, f"fk{node.number}", f"fki{node.number}"
        mine = Path("/proc/self/ns/net").readlink()
        wait_until(lambda: Path(f"/proc/{pid}/ns/net").readlink() != mine, "a namespace of its own")
        with suppress(subprocess.CalledProcessError):  # the one before went with its server
            _ip(f"link del {outer}")
        _ip(f"link add {outer} type veth peer name {inner}")
        _ip(f"link set {inner} netns {pid}")
        _ip(f"link set {outer} master fkbr up")
        within = ["nsenter", "-t", str(pid), "-n", "ip"]
        for words in (
            f"addr add {node.host}/24 dev {inner}",
            f"link set {inner} up",
            "link set lo up",
        ):
            subprocess.run([*within, *words.split()], check=True)

    def cut_off(self, node: Node) -> None:
        _ip(f"link set fk{node.number} down")

    def heal(self, node: Node) -> None:
        _ip(f"link set fk{node.number} up")

    def leader(self, but: Node | None = None) -> Node | None:
        """The server that answers a consistent read for itself."""
        for node in self.nodes:
            if node is but or node.process is None:
                continue
            with suppress(requests.RequestException, ValueError):
                said = node.api.session.get(
                    f"http://{node.api.address}/v1/status/leader", timeout=2
                ).json()
                found = [n for n in self.nodes if said.startswith(f"{n.host}:")]
                if found and found[0] is not but and found[0].process is not None:
                    return found[0]
        return None

    def wait_for_a_leader(self, but: Node | None = None) -> Node:
        found: list[Node] = []

        def reads() -> bool:
            leader = self.leader(but)
            if leader is None:
                return False
            with suppress(requests.RequestException):
                url = f"http://{leader.api.address}/v1/kv/ready?consistent"
                if leader.api.session.get(url, timeout=3).status_code in {200, 404}:
                    found.append(leader)
            return bool(found)

        wait_until(reads, "a leader that reads consistently", ELECTED_WITHIN)
        return found[0]

    def others(self, node: Node) -> list[Node]:
        return [other for other in self.nodes if other is not node]

    def wait_for_all(self) -> None:
        """Every server knows the leader and votes, the ones that came back too."""

        def all_read() -> bool:
            for node in self.nodes:
                try:
                    url = f"http://{node.api.address}/v1/kv/ready?consistent"
                    if node.api.session.get(url, timeout=3).status_code not in {200, 404}:
                        return False
                    url = f"http://{node.api.address}/v1/operator/raft/configuration"
                    peers = node.api.session.get(url, timeout=3).json()["Servers"]
                    if sum(peer["Voter"] for peer in peers) != len(self.nodes):
                        return False
                except requests.RequestException:
                    return False
            return True

        wait_until(all_read, "three servers that read consistently", ELECTED_WITHIN)


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)


@contextmanager
def cluster(program: Path, folder: Path, *, bridged: bool = False) -> Iterator[Cluster]:
    made = Cluster(program, folder, bridged)
    try:
        made.set_up()
        yield made
    finally:
        for node in made.nodes:
            node.kill()
            node.api.session.close()

"""How often a sync asks a real Consul, whatever the number of fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import team
from tests.real.proxy import Gate
from tests.scenarios.world import ConsulWorld, Project


class Team(Project):
    """A project of any size."""

    def __init__(self, root: Path, labels: int) -> None:
        self.root = team.project(root, labels, {})
        self.field("label_000", "name: label_000\n")


@pytest.fixture(params=[25, 100])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    labels: int = request.param
    return Team(tmp_path / "project", labels)


def test_four_reads_then_one_write_and_one_read(served: ConsulWorld) -> None:
    def asked(command: str, code: int = 0) -> list[str]:
        with Gate(served.consul.address) as gate:
            served.run(command, url=gate.url, code=code)
            ways = [f"{seen.method} {seen.path}" for seen in gate.seen]
        assert all("consistent" in way for way in ways if way.startswith("GET"))
        return [way.partition("?")[0].replace(served.key, "") for way in ways]

    reads = [f"GET /v1/kv/{end}" for end in (".sync", ".backup.history", ".backup", "")]
    assert asked("sync") == [*reads, "PUT /v1/txn", "GET /v1/kv/"]
    assert asked("sync") == reads
    served.project.field("label_000", "name: label_000\nplaceholder: One\n")
    assert asked("sync") == [*reads, "PUT /v1/txn", "GET /v1/kv/"]

    # a hold is found by the write, and then read
    served.run("hold", "--until", "1h", "--reason", "a move")
    assert asked("sync") == reads
    served.project.field("label_000", "name: label_000\nplaceholder: Two\n")
    assert asked("sync", code=3) == [*reads, "PUT /v1/txn", "GET /v1/kv/.hold"]

"""What every test may ask for: a real Consul, a gate in front of it, a key of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import installed
from tests.real.proxy import Gate
from tests.real.required import required
from tests.real.servers import ConsulServer
from tests.release import tagged

SLOWEST = ("workflows", "faults", "scenarios")  # folders, by their longest test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A long test that starts last leaves the other workers idle."""
    items.sort(key=lambda item: next((i for i, n in enumerate(SLOWEST) if n in item.path.parts), 9))


@pytest.fixture(scope="session")
def consul_agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsulServer]:
    """A Consul in memory that all tests of a worker share: use `key`, leave others' keys alone."""
    folder = tmp_path_factory.mktemp("consul-agent")
    with ConsulServer(required("consul"), folder, dev=True) as consul:
        yield consul


@pytest.fixture(scope="session")
def consul_acl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsulServer]:
    """The same, denying by default: `.management` may do all, `.token(rules)` makes others."""
    folder = tmp_path_factory.mktemp("consul-acl")
    with ConsulServer(required("consul"), folder, dev=True, acl=True) as consul:
        yield consul


@pytest.fixture
def consul_server(tmp_path: Path) -> Iterator[ConsulServer]:
    """A Consul on a data folder, to be stopped, killed and started again: this test's alone."""
    folder = tmp_path / "consul-server"
    folder.mkdir()
    with ConsulServer(required("consul"), folder) as consul:
        yield consul


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a release holds, with the source distribution beside it."""
    return installed.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """fieldkeep, installed from the wheel alone."""
    return installed.install(wheel, tmp_path_factory.mktemp("installed") / "venv")


@pytest.fixture
def release(tmp_path: Path) -> str:
    """The commit of a release that `tests.release.elsewhere(tmp_path / "release")` leads to."""
    return tagged(tmp_path / "release")


@pytest.fixture
def gate(consul_agent: ConsulServer) -> Iterator[Gate]:
    """A gate in front of the shared Consul."""
    with Gate(consul_agent.address) as opened:
        yield opened


@pytest.fixture
def key() -> str:
    """A key that no other test uses, as deep in the tree as the usual one."""
    return f"test/{uuid.uuid4().hex}/fields"


@pytest.fixture(scope="session")
def promtool() -> Path:
    """The promtool that knows consul_sd."""
    return required("prometheus-2.24", "promtool")

"""What every test may ask for: a real Consul, a gate in front of it, a key of its own."""

from __future__ import annotations

import os
import sys
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import installed
from tests.real.proxy import Gate
from tests.real.required import required
from tests.real.servers import ConsulServer
from tests.release import tagged

SLOWEST = ("workflows", "faults", "scenarios")  # folders, by their longest test
ON_BOTH_STORES = {"faults", "scenarios"}  # folders whose tests are written for any store
STORES = {"sqlite", "consul"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A long test that starts last leaves the other workers idle. What both stores promise is asked
    of each (`edges/store`), so a test that could run on either runs on one, in the long form on
    both."""
    items.sort(key=lambda item: next((i for i, n in enumerate(SLOWEST) if n in item.path.parts), 9))
    if not os.environ.get("FAULTS"):
        left_out = _second_stores(items)
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=list(left_out))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured and do not bound, whichever worker ran them."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "measured":
                terminalreporter.write_line(f"measured: {value}")


def _second_stores(items: list[pytest.Item]) -> set[pytest.Item]:
    """One of each two tests that differ by the store alone. Which one follows from the name, and
    differs from one Python to the next: CI, which has four, runs both."""
    alike: dict[str, list[pytest.Item]] = {}
    for item in items:
        test, _, values = item.nodeid.removesuffix("]").partition("[")
        rest = [value for value in values.split("-") if value not in STORES]
        if ON_BOTH_STORES & set(item.path.parts) and rest != values.split("-"):
            alike.setdefault("-".join([test, *rest]), []).append(item)
    pairs = {name: pair for name, pair in alike.items() if len(pair) == len(STORES)}
    return {
        pair[(zlib.crc32(name.encode()) + sys.version_info.minor) % 2]
        for name, pair in pairs.items()
    }


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

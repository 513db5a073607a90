"""The smallest bench, for what it counts: no time is asserted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.counts import modules, read_to_write, requests
from tests.bench.growth import exponent
from tests.bench.measured import Command, run
from tests.bench.projects import KEY, Project
from tests.real.required import required
from tests.real.servers import ConsulServer

PYTHON = Path(sys.executable)


@pytest.fixture(scope="module")
def logging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsulServer]:
    """A Consul that logs every request."""
    folder = tmp_path_factory.mktemp("consul")
    with ConsulServer(required("consul"), folder, dev=True, log_level="debug") as consul:
        yield consul


@pytest.mark.parametrize("fields", [5, 50])
def test_the_requests_of_a_sync_do_not_grow_with_the_fields(
    fields: int, tmp_path: Path, logging: ConsulServer
) -> None:
    project = Project(tmp_path / "project", fields, sites=True, store=logging.url)
    key = f"{KEY}-{fields}"
    sync = Command([PYTHON, "-m", "fieldkeep", "sync", "-q", "--key", key], project.root)
    run(sync)
    unchanged = requests(logging, lambda: run(sync))
    assert [one.method for one in unchanged] == ["GET"] * 4
    project.edit(1)
    changed = requests(logging, lambda: run(sync))
    assert [one.method for one in changed] == ["GET"] * 4 + ["PUT", "GET"]
    assert read_to_write(changed) > 0


@pytest.mark.parametrize(
    ("command", "most"), [("--help", 700), ("validate", 900)], ids=["help", "validate"]
)
def test_a_command_imports_no_more_modules(command: str, most: int, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", 2)
    found = modules(PYTHON, [command], project.root)
    assert "fieldkeep.commands" in found
    assert len(found) <= most


def test_the_exponent_is_that_of_the_growth_and_not_of_the_start() -> None:
    sizes = (10, 30, 100, 300, 1000, 3000, 10_000)
    assert exponent({n: 0.2 + 0.001 * n for n in sizes}) == pytest.approx(1, abs=0.1)
    assert exponent({n: 0.2 + 0.001 * n * n for n in sizes}) == pytest.approx(2, abs=0.1)

"""A world for each test; the Consul with ACLs is the worker's, and so is what worlds copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actions.api import Api
from tests.real.servers import ConsulServer
from tests.workflows.published import packed
from tests.workflows.world import REPOSITORY, World


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as every world begins."""
    return packed(tmp_path_factory.mktemp("published"))


@pytest.fixture
def world(tmp_path: Path, first: Path, consul_acl: ConsulServer) -> Iterator[World]:
    with Api(REPOSITORY) as api:
        yield World(tmp_path, first, api, consul_acl)


@pytest.fixture
def team(tmp_path: Path, first: Path, consul_acl: ConsulServer) -> Iterator[World]:
    """A repository with fields in a folder, on another branch than main, with the workflows
    that `fieldkeep init` writes: a few lines each."""
    with Api(REPOSITORY) as api:
        yield World(tmp_path, first, api, consul_acl, team=True)

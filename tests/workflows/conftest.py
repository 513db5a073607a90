"""A world for each test; the Consul with ACLs is the worker's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actions.api import Api
from tests.real.servers import ConsulServer
from tests.workflows.world import REPOSITORY, World


@pytest.fixture
def world(tmp_path: Path, consul_acl: ConsulServer) -> Iterator[World]:
    with Api(REPOSITORY) as api:
        yield World(tmp_path, api, consul_acl)

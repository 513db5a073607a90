"""The worlds that every scenario is played in: SQLite, and a real Consul."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.real.servers import ConsulServer
from tests.scenarios.world import ConsulWorld, Project, SQLiteWorld, World


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def _key() -> str:
    return f"skills/{uuid.uuid4().hex}/metadata/fields"


def _world(request: pytest.FixtureRequest, project: Project, server: str) -> World:
    if request.param == "sqlite":
        return SQLiteWorld(project, _key())
    return ConsulWorld(project, request.getfixturevalue(server), _key())


@pytest.fixture
def served(project: Project, consul_agent: ConsulServer) -> ConsulWorld:
    """With the shared Consul, for what only a server can do."""
    return ConsulWorld(project, consul_agent, _key())


@pytest.fixture(params=["sqlite", "consul"])
def world(request: pytest.FixtureRequest, project: Project) -> World:
    """With the Consul that all tests share."""
    return _world(request, project, "consul_agent")


@pytest.fixture(params=["sqlite", "consul"])
def lasting(request: pytest.FixtureRequest, project: Project) -> World:
    """With a Consul of its own that keeps its data on disk and can be restarted."""
    return _world(request, project, "consul_server")

"""A repository for each test of the runner."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.actions.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.commit("First", file="one\n")
    return world

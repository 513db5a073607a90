"""The world that all tests of a worker show, and none changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.sample_world import play


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("terminal") / "sample"
    play(root)
    return root

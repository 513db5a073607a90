"""The tools that the dev lock installs, beside the Python that runs the tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(sys.executable).parent


def environment() -> Mapping[str, str]:
    """Ours, with the tools first on PATH, so that they find each other too."""
    return {**os.environ, "PATH": f"{FOLDER}{os.pathsep}{os.environ['PATH']}"}


def tool(name: str) -> str:
    """A tool's program, by its name."""
    return str(FOLDER / name)

"""The data that tests work on. What this repository ships in `fields/` and `prometheus/` is another
matter: a team that forks it puts its own there, and these tests stay green."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

SAMPLE: Final = Path(__file__).parent
_OUR_TABLES: Final = re.compile(r"^\[tool\.fieldkeep\b.*\n(?:(?!\[).*\n?)*", re.MULTILINE)


def put_sample(project: Path) -> None:
    """The sample's field files, Prometheus configurations and settings, in place of the project's
    own if it has any."""
    for name in ("fields", "prometheus"):
        shutil.rmtree(project / name, ignore_errors=True)
        shutil.copytree(SAMPLE / name, project / name)
    (project / "fieldkeep.toml").unlink(missing_ok=True)
    settings = project / "pyproject.toml"
    others = _OUR_TABLES.sub("", settings.read_text("utf-8")) if settings.exists() else ""
    settings.write_text(others + (SAMPLE / "pyproject.toml").read_text("utf-8"), "utf-8")

"""What a command imports: nothing that it does not need, for its user waits for each module.

The lists lie in tests/start/, a file a command. A change of imports changes them; let the program
write them anew, and read what came in:

    FIELDKEEP_UPDATE=1 .venv/bin/python -m pytest -q tests/test_start.py && git diff tests/start
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LISTS = Path(__file__).parent / "start"
# Runs a command line, and says on stderr's last line what was imported for it. Of the standard
# library, only what is slow: the rest differs between Python's versions.
PROGRAM = """
import sys
before = set(sys.modules)
from fieldkeep.__main__ import run
try:
    run(sys.argv[1:])
except SystemExit:  # how a completion ends
    pass
slow = {"asyncio", "concurrent", "difflib", "email", "hashlib", "http", "importlib.resources",
        "logging", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "tomllib", "xml"}
loaded = set()
for name in set(sys.modules) - before:
    top = name.partition(".")[0]
    if getattr(sys.modules[name], "__spec__", None) is None:
        continue
    if top == "fieldkeep" or name in slow:
        loaded.add(name)
    elif top not in sys.stdlib_module_names and not top.startswith("_"):
        loaded.add(top)
print(*sorted(loaded), file=sys.stderr)
"""
COMPLETION = {"_FIELDKEEP_COMPLETE": "bash_complete"}


def loaded(project: Path, *arguments: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, *arguments],
        cwd=project,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()[-1].replace(" ", "\n") + "\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose document is in its store."""
    folder = tmp_path_factory.mktemp("start")
    (folder / "fields").mkdir()
    (folder / "fields" / "site.yaml").write_text(
        "name: site\ntype: string\ncategory: basic\nvalidation: {regex: '^[a-z]+$'}\n"
    )
    (folder / "prometheus.yml").write_text(
        "scrape_configs:\n- job_name: a\n"
        "  relabel_configs: [{target_label: site, replacement: b}]\n"
    )
    (folder / "fieldkeep.toml").write_text(
        "[sources]\na = 'prometheus.yml'\n[environments.test]\nstore = 'sqlite:///store.db'\n"
    )
    loaded(folder, "sync", "--env", "test")
    return folder


@pytest.mark.parametrize(
    ("name", "arguments", "variables"),
    [
        ("help", ["--help"], {}),
        ("completion", [], {**COMPLETION, "COMP_WORDS": "fieldkeep "}),
        ("completion-of-names", [], {**COMPLETION, "COMP_WORDS": "fieldkeep get "}),
        ("validate", ["validate"], {}),
        ("get", ["get", "site", "--env", "test"], {}),
        ("extract", ["extract"], {}),
        ("sync", ["sync", "--env", "test"], {}),
    ],
)
def test_a_command_imports_what_it_needs(
    project: Path, name: str, arguments: list[str], variables: dict[str, str]
) -> None:
    now, file = loaded(project, *arguments, **variables), LISTS / f"{name}.txt"
    if os.environ.get("FIELDKEEP_UPDATE"):
        file.write_text(now)
    assert now == file.read_text()

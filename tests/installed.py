"""fieldkeep as somebody installs it: built as a release is, alone in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.real.tools import tool
from tests.test_readme import fresh_copy

CHOICES = ("--offline", "--no-config", "--no-build-isolation")


def build(folder: Path) -> Path:
    """The wheel of what git knows here. It is built from the source distribution, which lies beside
    it, with the packages that the lock installed."""
    places = ("--python", sys.executable, "--out-dir", str(folder / "dist"))
    subprocess.run(
        [tool("uv"), "build", "--quiet", *CHOICES, *places, str(fresh_copy(folder))], check=True
    )
    (wheel,) = (folder / "dist").glob("fieldkeep-*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """The program, in an environment that shares our dependencies, but not the checkout."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    # A path in such a file is searched, and its own .pth files, our checkout's too, are not read.
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-deps", "--ignore-installed", str(wheel)], check=True)
    return folder / "bin" / "fieldkeep"

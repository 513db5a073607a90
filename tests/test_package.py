"""What is installed from a wheel: every module, and the schemas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from fieldkeep import __version__
from tests.test_readme import ROOT, fresh_copy


def test_the_wheel_holds_every_module_and_both_schemas(tmp_path: Path) -> None:
    copy = fresh_copy(tmp_path)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(copy)], check=True)
    (wheel,) = tmp_path.glob("fieldkeep-*.whl")
    packed = set(ZipFile(wheel).namelist())
    package = ROOT / "scripts" / "fieldkeep"
    modules = {f"fieldkeep/{path.relative_to(package)}" for path in package.rglob("*.py")}
    schemas = {f"fieldkeep/schema/{path.name}" for path in (ROOT / "schema").glob("*.json")}
    pages = {f"fieldkeep/docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert modules | schemas | pages | {"fieldkeep/py.typed"} <= packed
    assert len(schemas) == 2
    assert f"fieldkeep-{__version__}.dist-info/METADATA" in packed

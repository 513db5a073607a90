"""What `.github/scripts/setup` would install in a clone, without its minute and its network.

The clone gets a virtual environment of its own in which its own fieldkeep runs; only the libraries
are borrowed from the environment that runs these tests, which the same lock file made. The set-up
then finds everything ready, as it does at a second start. A clone whose lock file differs is set up
for real. A clone whose program is ours to the byte gets a `fieldkeep` that starts fast.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import venv
from pathlib import Path

from tests.real import quick
from tests.workflows.published import ROOT

OURS = ROOT / ".venv"
PACKAGE = Path("scripts/fieldkeep")


def seed(clone: Path, *, quickly: bool = True) -> None:
    target = clone / ".venv"
    venv.EnvBuilder(symlinks=True, with_pip=False).create(target)
    libraries = Path(sysconfig.get_path("purelib"))
    own = target / libraries.relative_to(sys.prefix)
    (own / "borrowed.pth").write_text(f"{libraries}\n", "utf-8")
    for file in libraries.glob("__editable__*fieldkeep*"):
        _moved(file, own / file.name, clone)
    program = target / "bin" / "fieldkeep"
    if quickly and _texts(clone) == _texts(ROOT):
        quick.put(program)
    else:
        _moved(OURS / "bin" / "fieldkeep", program, clone)
    python = (target / "bin" / "python").resolve()
    (target / ".fieldkeep-venv").write_text(f"{python} {target}\n", "utf-8")
    shutil.copy(OURS / ".fieldkeep-runtime", target)
    _compiled(clone)


def _moved(file: Path, to: Path, clone: Path) -> None:
    to.write_text(file.read_text("utf-8").replace(str(ROOT), str(clone)), "utf-8")
    to.chmod(file.stat().st_mode)


def _texts(clone: Path) -> dict[Path, bytes]:
    """What the program is made of."""
    program = clone / PACKAGE
    files = (file for file in program.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return {file.relative_to(program): file.read_bytes() for file in files}


def _compiled(clone: Path) -> None:
    """Python's own byte code, where the source is the same: it is bound to the source's time."""
    for source in (ROOT / PACKAGE).rglob("*.py"):
        copy = clone / source.relative_to(ROOT)
        if copy.exists() and copy.read_bytes() == source.read_bytes():
            times = source.stat()
            os.utime(copy, ns=(times.st_atime_ns, times.st_mtime_ns))
    for cache in (ROOT / PACKAGE).rglob("__pycache__"):
        if (clone / cache.relative_to(ROOT)).parent.is_dir():
            shutil.copytree(cache, clone / cache.relative_to(ROOT), dirs_exist_ok=True)

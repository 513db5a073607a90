"""actions/setup-python: the tests' own Python stands for whatever version a workflow asks for.

GitHub downloads the wanted version; here there is one interpreter. So any 3.x that the project
supports is accepted, the log says which one really runs, and it comes first on PATH. It is the
base interpreter, not the tests' own environment, whose packages a workflow must not find.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tests.actions.unknown import Unknown
from tests.actions.workflow import Step

if TYPE_CHECKING:
    from tests.actions.stepping import Done, Frame

INPUTS = frozenset({"python-version", "python-version-file"})
_VERSION = re.compile(r"3\.(1[1-9]|x)(\.\d+|\.x)?")


def act(frame: Frame, step: Step, given: Mapping[str, str], done: Done) -> None:
    del step
    wanted = given.get("python-version", "")
    if not wanted:
        name = given.get("python-version-file") or ".python-version"
        path = frame.running.machine.workspace / name
        if not path.is_file():
            done.fail(f"The specified python version file at: {path} doesn't exist.")
            return
        if path.suffix == ".toml":
            raise Unknown(f"python-version-file {name}")
        wanted = path.read_text(encoding="utf-8").strip()
    if not _VERSION.fullmatch(wanted):
        raise Unknown(f"python-version {wanted!r}")
    base = Path(sys.base_prefix) / "bin"
    found = next((base / n for n in ("python3", "python") if (base / n).exists()), None)
    if found is None:
        raise Unknown(f"no Python in {base}")
    # `python` is there on every machine of GitHub's, but not in every Debian.
    links = frame.running.machine.tools / "python"
    links.mkdir(exist_ok=True)
    if not (base / "python").exists() and not (links / "python").exists():
        (links / "python").symlink_to(found)
    frame.running.path += [str(links), str(base)]
    done.log.append(f"Python {wanted} is wanted; {platform.python_version()} stands for it")
    done.outputs |= {"python-version": platform.python_version(), "python-path": str(found)}

"""A case as it is written in tests/cases, and the project that it makes: see the README there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"
BASE = CASES / "_base"
SCHEMA = CASES.parents[1] / "schema"
_ABOUT = ("case.yaml", "stdout", "stderr")  # of a case's folder, what is no part of its project


@dataclass(frozen=True)
class Case:
    """`case.yaml`; a name that is not among these is an error."""

    folder: Path
    title: str
    run: Mapping[str, int]
    store: str = "sqlite"
    keys: Mapping[str, str] = field(default_factory=dict)
    gate: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Mapping[str, Any], ...] = ()
    git: bool = False
    unprivileged: bool = False
    secrets: tuple[str, ...] = ()
    writes: bool = False

    def expected(self, stream: str) -> str:
        path = self.folder / stream
        return path.read_text("utf-8") if path.exists() else ""

    def expect(self, stream: str, text: str) -> None:
        """From now on; a file that would be empty is none."""
        (self.folder / stream).unlink(missing_ok=True)
        if text:
            (self.folder / stream).write_text(text, "utf-8")


def folders() -> list[Path]:
    return sorted(path.parent for path in CASES.glob("*/*/case.yaml"))


def read(folder: Path) -> Case:
    said = yaml.safe_load((folder / "case.yaml").read_text("utf-8"))
    return Case(folder, **{name: _tuple(value) for name, value in said.items()})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def build(case: Case, root: Path, names: Mapping[str, str]) -> None:
    """The shared project with the case's files laid over it, then the steps of `before`."""
    shutil.copytree(BASE, root, dirs_exist_ok=True)
    shutil.copytree(SCHEMA, root / "schema")
    shutil.copytree(case.folder, root, ignore=shutil.ignore_patterns(*_ABOUT), dirs_exist_ok=True)
    for step in case.before:
        for action, what in step.items():
            for name, how in what.items() if isinstance(what, dict) else [(what, None)]:
                _STEPS[action](root / name, filled(how, names))
    if case.git:
        _commit(root)


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """Text with its `$names` replaced; anything else as it is."""
    return Template(value).safe_substitute(names) if isinstance(value, str) else value


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _repeat(path: Path, what: tuple[str, int]) -> None:
    text, times = what
    _write(path, text * times)


def _encode(path: Path, encoding: str) -> None:
    path.write_text(path.read_text("utf-8"), encoding)


def _remove(path: Path, _: None) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


_STEPS: Mapping[str, Callable[[Path, Any], Any]] = {
    "write": _write,
    "repeat": _repeat,
    "encode": _encode,
    "link": lambda path, target: path.symlink_to(target),
    "chmod": lambda path, mode: path.chmod(int(mode, 8)),
    "folder": lambda path, _: path.mkdir(parents=True),
    "remove": _remove,
}


def _commit(root: Path) -> None:
    me = ("-c", "user.name=Case", "-c", "user.email=case@example.org")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Case")):
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull}
        subprocess.run(["git", *me, *command], cwd=root, env=environment, check=True)


def picture(folder: Path) -> dict[str, tuple[int, bytes | str]]:
    """Every file, folder and link below, with its mode and what it holds."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, _content(path))
        for path in folder.rglob("*")
    }


def _content(path: Path) -> bytes | str:
    if path.is_symlink():
        return str(path.readlink())
    return path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else b""

"""The house's rules: the contracts of pyproject.toml, and what the syntax tree alone shows."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import house
from tests.real.tools import tool

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "scripts" / "fieldkeep"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
PURE = [module for module in MODULES if module.split("/")[0] in {"core", "render", "model.py"}]
ALARM = 400  # lines: a module that long holds two ideas

# Standard modules that look outside: files, processes, clocks, the network, chance.
OUTSIDE = """
    asyncio ctypes fcntl fileinput ftplib getpass glob grp http io locale logging mmap
    multiprocessing os pathlib platform pwd random sched secrets select selectors shutil signal
    smtplib socket sqlite3 ssl subprocess tempfile threading time urllib uuid webbrowser
"""
ENDS = ("__main__.py", "operations/notify.py")  # of the program, and of a thread that has to go on
CORE_MAY = "deepdiff fieldkeep jsonschema jsonschema_rs re2 regress yaml"
FORBIDDEN = """
    open print input exec eval __import__ breakpoint .now .today .utcnow .time .getenv
    .read_text .read_bytes .write_text .write_bytes
"""


def tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"), module)


def imported(module: str) -> Iterator[tuple[int, str]]:
    """Line and top package of everything imported, wherever in the module it stands."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{module}:{node.lineno}: imports are absolute"
            yield node.lineno, node.module.split(".")[0]


def called(module: str) -> Iterator[tuple[int, str]]:
    """Line and name of everything called: ``open`` a function, ``.open`` a method."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(name):
                    yield node.lineno, name
                case ast.Attribute(_, name):
                    yield node.lineno, f".{name}"


def test_arrows_go_one_way_only() -> None:
    """See `[tool.importlinter]` in pyproject.toml."""
    linted = subprocess.run(
        [tool("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_drawn_arrows_are_those_of_the_code() -> None:
    page = house.PAGE.read_text("utf-8")
    assert page == house.drawn(page), "draw them anew: .venv/bin/python -m tests.house"


@pytest.mark.parametrize("module", [m for m in PURE if m.startswith("core/")])
def test_core_imports_nothing_that_looks_outside(module: str) -> None:
    may = (sys.stdlib_module_names - set(OUTSIDE.split())) | set(CORE_MAY.split())
    assert [f"{module}:{line}: {name}" for line, name in imported(module) if name not in may] == []


def test_the_model_imports_only_the_standard_library() -> None:
    assert {name for _, name in imported("model.py")} <= sys.stdlib_module_names


@pytest.mark.parametrize("module", PURE)
def test_pure_rooms_open_print_and_ask_for_no_time(module: str) -> None:
    forbidden = FORBIDDEN.split()
    assert [f"{module}:{line}: {n}()" for line, n in called(module) if n in forbidden] == []


@pytest.mark.parametrize("module", MODULES)
def test_no_except_is_silent_about_everything(module: str) -> None:
    """What catches everything raises it again, but for one place in each of ENDS, which tells."""
    kept = []
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{module}:{node.lineno}: bare except"
            names = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
            if names & {"Exception", "BaseException"} and not isinstance(node.body[-1], ast.Raise):
                kept.append(f"{module}:{node.lineno}")
    assert len(kept) <= (module in ENDS), kept


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is_for_and_holds_one_idea(module: str) -> None:
    docstring = ast.get_docstring(tree(module))
    assert docstring is not None
    if "Written by tests/truth/" in docstring:
        return  # a table that a script writes is one idea, however long it is
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= ALARM
